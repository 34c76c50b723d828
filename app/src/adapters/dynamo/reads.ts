import {
  BatchGetItemCommand,
  type ConsumedCapacity,
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import type { Clock, Meter } from '../../kernel/ports.ts';
import { isExpired, nowSeconds } from '../../table/expiry.ts';
import { rangeOf } from '../../table/range.ts';
import { checkKey, keyText } from '../../table/rules.ts';
import type { Item, Table } from '../../table/table.ts';
import { translated } from './attempts.ts';
import { fromAttributes } from './attributes.ts';
import { type Fetch, fetchAll } from './batch.ts';
import { batchGetRequest, getRequest, queryRequest } from './requests.ts';

export function readsOf(
  client: DynamoDBClient,
  name: string,
  clock: Clock,
  meter: Meter,
): Pick<Table, 'get' | 'getMany' | 'query'> {
  const live = (item: Item | undefined) =>
    item && !isExpired(item.expires_at, nowSeconds(clock)) ? item : undefined;

  const fetch: Fetch = async (keys) => {
    const request = new BatchGetItemCommand(batchGetRequest(name, keys));
    const { Responses, UnprocessedKeys, ConsumedCapacity } = await translated(() => client.send(request));
    meter.capacity('getMany', units(...(ConsumedCapacity ?? [])), 0);
    return { found: Responses?.[name] ?? [], left: UnprocessedKeys?.[name]?.Keys ?? [] };
  };

  return {
    async get(key) {
      checkKey(key);
      const request = new GetItemCommand(getRequest(name, key));
      const { Item, ConsumedCapacity } = await translated(() => client.send(request));
      meter.capacity('get', units(ConsumedCapacity), 0);
      return live(Item && fromAttributes(Item));
    },

    async getMany(keys) {
      keys.forEach(checkKey);
      const items = await fetchAll(keys, fetch, clock);
      return keys.map((key) => live(items.get(keyText(key))));
    },

    async query(query) {
      const range = rangeOf(query);
      if (!range) return { items: [] };
      const request = new QueryCommand(queryRequest(name, query, range));
      const { Items = [], LastEvaluatedKey, ConsumedCapacity } = await translated(() => client.send(request));
      meter.capacity('query', units(ConsumedCapacity), 0);
      const items = Items.map(fromAttributes).filter(live);
      const next = LastEvaluatedKey?.sk?.S;
      return next === undefined ? { items } : { items, next };
    },
  };
}

function units(...consumed: readonly (ConsumedCapacity | undefined)[]): number {
  return consumed.reduce((sum, each) => sum + (each?.CapacityUnits ?? 0), 0);
}
