import type {
  BatchGetItemCommandInput,
  DeleteItemCommandInput,
  GetItemCommandInput,
  PutItemCommandInput,
  QueryCommandInput,
  TransactWriteItem,
  TransactWriteItemsCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { Range } from '../../table/range.ts';
import { type Action, type Item, type Key, keyOf, type Query } from '../../table/table.ts';
import { type Attributes, toAttributes } from './attributes.ts';
import { conditionExpression, references, updateExpression } from './expressions.ts';

/**
 * Builds the parameters of each call; sends nothing. Every read is strongly consistent, every call asks
 * what it cost.
 */
const COST = { ReturnConsumedCapacity: 'TOTAL' } as const;

export function keyAttributes({ pk, sk }: Key): Attributes {
  return { pk: { S: pk }, sk: { S: sk } };
}

export function getRequest(table: string, key: Key): GetItemCommandInput {
  return { TableName: table, Key: keyAttributes(key), ConsistentRead: true, ...COST };
}

/** At most 100 keys, none twice. */
export function batchGetRequest(table: string, keys: Attributes[]): BatchGetItemCommandInput {
  return { RequestItems: { [table]: { Keys: keys, ConsistentRead: true } }, ...COST };
}

export function queryRequest(table: string, query: Query, range: Range): QueryCommandInput {
  const { from, to, start } = range;
  const values: Attributes = { ':pk': { S: query.pk } };
  const names: Record<string, string> = { '#pk': 'pk' };
  if (from !== undefined) values[':from'] = { S: from };
  if (to !== undefined) values[':to'] = { S: to };
  const bounds = boundsExpression(range);
  if (bounds) names['#sk'] = 'sk';
  return {
    TableName: table,
    KeyConditionExpression: `#pk = :pk${bounds}`,
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
    ScanIndexForward: !query.reverse,
    Limit: query.limit,
    ConsistentRead: true,
    ...COST,
    ...(start !== undefined && { ExclusiveStartKey: keyAttributes({ pk: query.pk, sk: start }) }),
  };
}

function boundsExpression({ from, to }: Range): string {
  if (from !== undefined && to !== undefined) return ' AND #sk BETWEEN :from AND :to';
  if (from !== undefined) return ' AND #sk >= :from';
  return to === undefined ? '' : ' AND #sk <= :to';
}

export function putRequest(table: string, item: Item): PutItemCommandInput {
  return { TableName: table, Item: toAttributes(item), ...COST };
}

export function deleteRequest(table: string, key: Key): DeleteItemCommandInput {
  return { TableName: table, Key: keyAttributes(key), ...COST };
}

/** `token` makes repetitions of this very request harmless for ten minutes. `now` is in Unix seconds. */
export function transactionRequest(
  table: string,
  actions: readonly Action[],
  token: string,
  now: number,
): TransactWriteItemsCommandInput {
  return {
    TransactItems: actions.map((action) => transactItem(table, action, now)),
    ClientRequestToken: token,
    ...COST,
  };
}

function transactItem(TableName: string, action: Action, now: number): TransactWriteItem {
  const refs = references();
  const Key = keyAttributes(keyOf(action));
  // Without this an update would create the item.
  const isBound = action.type === 'update' && !action.creates;
  const wanted = isBound ? { ...action.condition, exists: true } : action.condition;
  const ConditionExpression = conditionExpression(wanted, refs, now);
  const target = ConditionExpression === undefined ? { TableName } : { TableName, ConditionExpression };
  switch (action.type) {
    case 'put':
      return { Put: { ...target, Item: toAttributes(action.item), ...refs.members() } };
    case 'delete':
      return { Delete: { ...target, Key, ...refs.members() } };
    case 'check':
      return { ConditionCheck: { TableName, ConditionExpression, Key, ...refs.members() } };
    case 'update': {
      const UpdateExpression = updateExpression(action, refs);
      return { Update: { ...target, UpdateExpression, Key, ...refs.members() } };
    }
  }
}
