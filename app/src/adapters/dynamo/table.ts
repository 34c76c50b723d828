import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Clock, Meter } from '../../kernel/ports.ts';
import type { Table } from '../../table/table.ts';
import { readsOf } from './reads.ts';
import { writesOf } from './writes.ts';

export interface DynamoOptions {
  /** From `dynamoClient`; the table closes it. */
  readonly client: DynamoDBClient;
  /** Of an existing table as `table.json` describes it. */
  readonly name: string;
  readonly clock: Clock;
  readonly meter: Meter;
}

/** The table in DynamoDB. */
export function createDynamoTable({ client, name, clock, meter }: DynamoOptions): Table {
  return {
    ...readsOf(client, name, clock, meter),
    ...writesOf(client, name, clock, meter),
    async close() {
      client.destroy();
    },
  };
}
