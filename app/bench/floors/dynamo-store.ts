import { randomUUID } from 'node:crypto';
import {
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { ensureTable } from '../../src/adapters/dynamo/ensure-table.ts';
import { toAttributes } from './items.ts';

const SOCKETS = { maxSockets: 128, keepAlive: true };

/** The SDK's client as it comes, but for sockets and timeouts, which are those of the service. */
function bareClient(endpoint: string): DynamoDBClient {
  return new DynamoDBClient({
    region: 'us-east-1',
    endpoint,
    credentials: { accessKeyId: 'sample', secretAccessKey: 'sample' },
    requestHandler: {
      connectionTimeout: 300,
      requestTimeout: 800,
      throwOnRequestTimeout: true,
      httpAgent: SOCKETS,
    },
  });
}

/** A table like the service's, and nothing between it and the SDK. */
export async function openStore(endpoint: string, name: string) {
  const client = bareClient(endpoint);
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
