import { randomUUID } from 'node:crypto';
import { GetItemCommand, PutItemCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { dynamoClient } from '../../src/adapters/dynamo/client.ts';
import { ensureTable } from '../../src/adapters/dynamo/ensure-table.ts';
import { toAttributes } from './items.ts';

/** Two tables like the service's and the SDK's client, sockets and timeouts set as the service sets them. */
export async function openStore(endpoint: string, name: string) {
  const client = dynamoClient({ region: 'us-east-1', endpoint, env: {} });
  await ensureTable(client, name);
  return {
    async keep(uuid: string, body: string): Promise<void> {
      const Item = toAttributes({ pk: uuid, sk: 'entity', body });
      await client.send(new PutItemCommand({ TableName: name, Item }));
    },
    async find(uuid: string): Promise<string> {
      const Key = { pk: { S: uuid }, sk: { S: 'entity' } };
      const { Item } = await client.send(new GetItemCommand({ TableName: name, Key, ConsistentRead: true }));
      return Item!.body!.S!;
    },
    /** All items in one transaction that refuses to replace an entity. */
    async write(items: readonly object[]): Promise<void> {
      const TransactItems = items.map((item) => ({
        Put: {
          TableName: name,
          Item: toAttributes(item),
          ...('version' in item && { ConditionExpression: 'attribute_not_exists(pk)' }),
        },
      }));
      await client.send(new TransactWriteItemsCommand({ TransactItems, ClientRequestToken: randomUUID() }));
    },
    close: () => client.destroy(),
  };
}
