import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { tableDescription } from '../../table/description.ts';

const MAX_WAIT_SECONDS = 60;

/**
 * Creates the table as `table.json` describes it unless it exists, and waits until it is active. For local
 * engines and tests; in AWS the infrastructure code owns the table, its backups and its protection.
 */
export async function ensureTable(client: DynamoDBClient, name: string): Promise<void> {
  if (!(await exists(client, name))) await create(client, name);
  await waitUntilTableExists({ client, maxWaitTime: MAX_WAIT_SECONDS }, { TableName: name });
  await enableExpiry(client, name);
}

export function createTableRequest(name: string): CreateTableCommandInput {
  const { partition_key: pk, sort_key: sk, billing_mode } = tableDescription;
  return {
    TableName: name,
    BillingMode: billing_mode,
    AttributeDefinitions: [pk, sk].map((key) => ({ AttributeName: key.name, AttributeType: key.type })),
    KeySchema: [
      { AttributeName: pk.name, KeyType: 'HASH' },
      { AttributeName: sk.name, KeyType: 'RANGE' },
    ],
  };
}

async function exists(client: DynamoDBClient, name: string): Promise<boolean> {
  const request = new DescribeTableCommand({ TableName: name });
  const found = await unless('ResourceNotFoundException', client.send(request));
  return found !== undefined;
}

async function create(client: DynamoDBClient, name: string): Promise<void> {
  // Another instance that starts at the same time may be faster.
  await unless('ResourceInUseException', client.send(new CreateTableCommand(createTableRequest(name))));
}

/** Local engines without expiry are fine: expired items count as absent anyway. */
async function enableExpiry(client: DynamoDBClient, name: string): Promise<void> {
  const request = new DescribeTimeToLiveCommand({ TableName: name });
  const found = await unless('UnknownOperationException', client.send(request));
  if (found?.TimeToLiveDescription?.TimeToLiveStatus !== 'DISABLED') return;
  const AttributeName = tableDescription.time_to_live_attribute;
  const TimeToLiveSpecification = { Enabled: true, AttributeName };
  await client.send(new UpdateTimeToLiveCommand({ TableName: name, TimeToLiveSpecification }));
}

async function unless<T>(name: string, call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof Error && error.name === name) return undefined;
    throw error;
  }
}
