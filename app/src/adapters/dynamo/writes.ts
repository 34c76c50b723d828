import { randomUUID } from 'node:crypto';
import {
  type ConsumedCapacity,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import type { Clock, Meter } from '../../kernel/ports.ts';
import { nowSeconds } from '../../table/expiry.ts';
import { checkWrite, isPlain } from '../../table/rules.ts';
import { type Action, keyOf, type Table } from '../../table/table.ts';
import { persistent } from './attempts.ts';
import { deleteRequest, putRequest, transactionRequest } from './requests.ts';

/**
 * A reply can get lost after the write was done, and then the client sends the request again. A transaction
 * carries a token by which DynamoDB knows it again, for ten minutes. Only a put or delete without a condition
 * goes without, for half the price: doing it twice leaves the same item.
 */
export function writesOf(
  client: DynamoDBClient,
  name: string,
  clock: Clock,
  meter: Meter,
): Pick<Table, 'write'> {
  function sender(actions: readonly Action[]): () => Promise<readonly ConsumedCapacity[]> {
    const [action] = actions;
    if (action && isPlain(actions)) return plainSender(action);
    const command = new TransactWriteItemsCommand(
      transactionRequest(name, actions, randomUUID(), nowSeconds(clock)),
    );
    return async () => (await client.send(command)).ConsumedCapacity ?? [];
  }

  function plainSender(action: Action): () => Promise<readonly ConsumedCapacity[]> {
    if (action.type === 'put') {
      const command = new PutItemCommand(putRequest(name, action.item));
      return async () => [(await client.send(command)).ConsumedCapacity ?? {}];
    }
    const command = new DeleteItemCommand(deleteRequest(name, keyOf(action)));
    return async () => [(await client.send(command)).ConsumedCapacity ?? {}];
  }

  return {
    async write(actions) {
      checkWrite(actions);
      if (actions.length === 0) return;
      for (const consumed of await persistent(clock, sender(actions))) report(meter, consumed);
    },
  };
}

/** A repeated transaction that was already done costs reads instead of writes, and says so. */
function report(meter: Meter, { CapacityUnits = 0, ReadCapacityUnits = 0 }: ConsumedCapacity): void {
  meter.capacity('write', ReadCapacityUnits, CapacityUnits - ReadCapacityUnits);
}
