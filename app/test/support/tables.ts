import { DeleteTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dynamoClient } from '../../src/adapters/dynamo/client.ts';
import { ensureTable } from '../../src/adapters/dynamo/ensure-table.ts';
import { createDynamoTable } from '../../src/adapters/dynamo/table.ts';
import { createSqliteTable } from '../../src/adapters/sqlite/table.ts';
import { newUuid } from '../../src/kernel/ids.ts';
import { type Clock, type Meter, silentMeter, systemClock } from '../../src/kernel/ports.ts';
import type { Table } from '../../src/table/table.ts';

export interface TableOptions {
  readonly clock?: Clock;
  readonly meter?: Meter;
}

/** A fresh, empty table of a test's own. */
export interface FreshTable {
  readonly table: Table;
  /** For a service over this table. */
  readonly settings?: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Makes fresh tables of one engine. */
export type TableFactory = (options?: TableOptions) => Promise<FreshTable>;

/** In memory. */
export async function sqliteTable(options: TableOptions = {}): Promise<FreshTable> {
  const { clock = systemClock, meter = silentMeter } = options;
  const table = createSqliteTable({ path: ':memory:', clock, meter });
  return { table, close: () => table.close() };
}

/** On the server of this test run, or behind another `endpoint` that leads to it. */
export async function dynamoTable(
  options: TableOptions & { readonly endpoint?: string } = {},
): Promise<FreshTable & { readonly name: string }> {
  const { clock = systemClock, meter = silentMeter, endpoint = dynamoEndpoint() } = options;
  const direct = testClient(dynamoEndpoint());
  const name = `test-${newUuid(Date.now())}`;
  await ensureTable(direct, name);
  const table = createDynamoTable({ client: testClient(endpoint), name, clock, meter });
  async function close(): Promise<void> {
    await table.close();
    await direct.send(new DeleteTableCommand({ TableName: name }));
    direct.destroy();
  }
  return { table, name, close };
}

/** A client as the service makes it. */
export function testClient(endpoint: string = dynamoEndpoint()): DynamoDBClient {
  return dynamoClient({ region: 'eu-west-1', endpoint, env: {} });
}

/** Address of the DynamoDB-compatible server of this test run. */
export function dynamoEndpoint(): string {
  const { DYNAMODB_ENDPOINT, DYNAMODB_PROBLEM } = process.env;
  if (DYNAMODB_ENDPOINT) return DYNAMODB_ENDPOINT;
  throw new Error(DYNAMODB_PROBLEM ?? 'No DynamoDB-compatible server: DYNAMODB_ENDPOINT is not set.');
}
