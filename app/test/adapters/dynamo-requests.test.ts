import { createTableRequest } from '../../src/adapters/dynamo/ensure-table.ts';
import {
  batchGetRequest,
  deleteRequest,
  getRequest,
  keyAttributes,
  putRequest,
  queryRequest,
  transactionRequest,
} from '../../src/adapters/dynamo/requests.ts';
import type { Action } from '../../src/table/table.ts';
import { item, keyAt } from '../contract/table/fixture.ts';

const NOW = 1_700_000_000;
const COST = { ReturnConsumedCapacity: 'TOTAL' };
const KEY = { pk: { S: 'p' }, sk: { S: 's' } };
const STORED = { ...KEY, kind: { S: 'thing' }, schema: { N: '1' } };

/** The one request of a transaction of one action. */
function requestOf(action: Action): unknown {
  const { TransactItems, ...rest } = transactionRequest('t', [action], 'token', NOW);
  expect(rest).toEqual({ ClientRequestToken: 'token', ...COST });
  expect(TransactItems).toHaveLength(1);
  return TransactItems?.[0];
}

describe('requests to DynamoDB', () => {
  test('single items and batches', () => {
    expect(getRequest('t', keyAt('s'))).toEqual({ TableName: 't', Key: KEY, ConsistentRead: true, ...COST });
    expect(putRequest('t', item('s'))).toEqual({ TableName: 't', Item: STORED, ...COST });
    expect(deleteRequest('t', keyAt('s'))).toEqual({ TableName: 't', Key: KEY, ...COST });
    expect(batchGetRequest('t', [keyAttributes(keyAt('s'))])).toEqual({
      RequestItems: { t: { Keys: [KEY], ConsistentRead: true } },
      ...COST,
    });
  });

  test.each([
    ['a whole partition', {}, '#pk = :pk', { '#pk': 'pk' }, {}],
    [
      'a lower bound',
      { from: 'a' },
      '#pk = :pk AND #sk >= :from',
      { '#pk': 'pk', '#sk': 'sk' },
      { ':from': { S: 'a' } },
    ],
    [
      'an upper bound',
      { to: 'z' },
      '#pk = :pk AND #sk <= :to',
      { '#pk': 'pk', '#sk': 'sk' },
      { ':to': { S: 'z' } },
    ],
    [
      'both bounds',
      { from: 'a', to: 'z' },
      '#pk = :pk AND #sk BETWEEN :from AND :to',
      { '#pk': 'pk', '#sk': 'sk' },
      { ':from': { S: 'a' }, ':to': { S: 'z' } },
    ],
  ])('a query of %s', (_, range, expression, names, values) => {
    expect(queryRequest('t', { pk: 'p', limit: 7 }, range)).toEqual({
      TableName: 't',
      KeyConditionExpression: expression,
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: { ':pk': { S: 'p' }, ...values },
      ScanIndexForward: true,
      Limit: 7,
      ConsistentRead: true,
      ...COST,
    });
  });

  test('a query goes on after a key, backwards', () => {
    const request = queryRequest('t', { pk: 'p', limit: 1, reverse: true }, { start: 's' });
    expect(request).toMatchObject({ ExclusiveStartKey: KEY, ScanIndexForward: false });
  });

  test('actions without a condition carry no expression', () => {
    expect(requestOf({ type: 'put', item: item('s') })).toEqual({ Put: { TableName: 't', Item: STORED } });
    expect(requestOf({ type: 'put', item: item('s'), condition: {} })).toEqual({
      Put: { TableName: 't', Item: STORED },
    });
    expect(requestOf({ type: 'delete', key: keyAt('s') })).toEqual({ Delete: { TableName: 't', Key: KEY } });
  });

  test('must not exist: or has expired', () => {
    expect(requestOf({ type: 'put', item: item('s'), condition: { exists: false } })).toEqual({
      Put: {
        TableName: 't',
        Item: STORED,
        ConditionExpression: '(attribute_not_exists(#n0) OR #n1 <= :v0)',
        ExpressionAttributeNames: { '#n0': 'pk', '#n1': 'expires_at' },
        ExpressionAttributeValues: { ':v0': { N: '1700000000' } },
      },
    });
  });

  test('must exist and match: and has not expired', () => {
    const condition = { equals: { version: 3, state: 'open' }, missing: ['closed'] };
    expect(requestOf({ type: 'check', key: keyAt('s'), condition })).toEqual({
      ConditionCheck: {
        TableName: 't',
        Key: KEY,
        ConditionExpression:
          'attribute_exists(#n1) AND (attribute_not_exists(#n0) OR #n0 > :v0)' +
          ' AND #n2 = :v1 AND #n3 = :v2 AND attribute_not_exists(#n4)',
        ExpressionAttributeNames: {
          '#n0': 'expires_at',
          '#n1': 'pk',
          '#n2': 'version',
          '#n3': 'state',
          '#n4': 'closed',
        },
        ExpressionAttributeValues: { ':v0': { N: '1700000000' }, ':v1': { N: '3' }, ':v2': { S: 'open' } },
      },
    });
  });

  test('missing attributes: all of them, or the item has expired', () => {
    const request = requestOf({ type: 'delete', key: keyAt('s'), condition: { missing: ['a', 'b'] } });
    expect(request).toMatchObject({
      Delete: {
        ConditionExpression: '((attribute_not_exists(#n0) AND attribute_not_exists(#n1)) OR #n2 <= :v0)',
        ExpressionAttributeNames: { '#n0': 'a', '#n1': 'b', '#n2': 'expires_at' },
      },
    });
  });

  test('an update sets, removes and adds, and always needs the item', () => {
    const change = { set: { a: 1, b: null }, remove: ['c', 'd'], add: { n: -2 } };
    expect(requestOf({ type: 'update', key: keyAt('s'), ...change, condition: {} })).toMatchObject({
      Update: {
        Key: KEY,
        ConditionExpression: 'attribute_exists(#n1) AND (attribute_not_exists(#n0) OR #n0 > :v0)',
        UpdateExpression: 'SET #n2 = :v1, #n3 = :v2 REMOVE #n4, #n5 ADD #n6 :v3',
        ExpressionAttributeNames: { '#n2': 'a', '#n3': 'b', '#n4': 'c', '#n5': 'd', '#n6': 'n' },
        ExpressionAttributeValues: { ':v1': { N: '1' }, ':v2': { NULL: true }, ':v3': { N: '-2' } },
      },
    });
  });

  test('the table is created as table.json describes it', () => {
    expect(createTableRequest('t')).toEqual({
      TableName: 't',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    });
  });
});
