import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { Action } from '../src/table/table.ts';
import { failureOf, item, keyAt, put } from './contract/table/fixture.ts';
import { type DynamoFaults, type DynamoFront, startDynamoFront } from './support/dynamo-front.ts';
import { startGateway } from './support/fault-proxy.ts';
import { dynamoEndpoint, dynamoTable, type FreshTable, testClient } from './support/tables.ts';
import { testClock } from './support/test-clock.ts';

const UNAVAILABLE = { code: 'store_unavailable' };
const create: Action = { type: 'put', item: item('s', { n: 1 }), condition: { exists: false } };

let now: number;
let front: DynamoFront;
let direct: FreshTable & { readonly name: string };
let table: FreshTable['table'];

beforeEach(async () => {
  now = 0;
  front = await startDynamoFront(dynamoEndpoint(), { seed: 1, now: () => now });
  direct = await dynamoTable({ endpoint: front.endpoint, clock: testClock() });
  table = direct.table;
});
afterEach(async () => {
  await direct.close();
  await front.close();
});

test('without faults it forwards', async () => {
  await table.write([create]);
  expect(await table.get(keyAt('s'))).toEqual(item('s', { n: 1 }));
  expect(front.counts()).toEqual({});
});

test.each<[keyof DynamoFaults, string]>([
  ['conflict', 'write_conflict'],
  ['throttling', 'store_unavailable'],
  ['serverError', 'store_unavailable'],
])('%s', async (name, code) => {
  front.setFaults({ [name]: 1 });
  expect(await failureOf(table.write([create]))).toMatchObject({ code });
  expect(front.counts()[name]).toBeGreaterThanOrEqual(3);
  front.setFaults({});
  expect(await table.get(keyAt('s'))).toBeUndefined();
});

test('a write is done and its reply lost', async () => {
  front.setFaults({ appliedReplyLost: 1 });
  expect(await failureOf(table.write([create]))).toMatchObject(UNAVAILABLE);
  expect(await table.get(keyAt('s'))).toEqual(item('s', { n: 1 }));
  front.setFaults({ appliedReplyLost: 0.5 });
  for (let n = 0; n < 10; n++) await table.write(put(item('s', { n }))).catch(() => {});
  expect(await table.get(keyAt('s'))).toEqual(item('s', { n: 9 }));
});

test('a write is done late', async () => {
  front.setFaults({ lateApplication: { chance: 1, minMs: 200, maxMs: 250 } });
  expect(await failureOf(table.write([create]))).toMatchObject(UNAVAILABLE);
  expect(await table.get(keyAt('s'))).toBeUndefined();
  await front.drained();
  expect(await table.get(keyAt('s'))).toEqual(item('s', { n: 1 }));
});

test('a slow call', async () => {
  front.setFaults({ slow: { chance: 1, ms: 30 } });
  const start = performance.now();
  await table.get(keyAt('s'));
  expect(performance.now() - start).toBeGreaterThan(28);
});

test('pages end early, some empty, and lose nothing', async () => {
  const items = Array.from({ length: 30 }, (_, n) => item(String(n).padStart(2, '0')));
  await table.write(put(...items));
  front.setFaults({ earlyPage: 0.9 });
  const pages = [];
  for (let after: string | undefined; ; ) {
    const { items, next } = await table.query({ pk: 'p', limit: 100, ...(after && { after }) });
    pages.push(items);
    if (next === undefined) break;
    after = next;
  }
  expect(pages.flat()).toEqual(items);
  expect(pages.some((page) => page.length === 0)).toBe(true);
});

test('batch reads leave keys out and come to an end', async () => {
  const items = Array.from({ length: 30 }, (_, n) => item(String(n)));
  await table.write(put(...items));
  front.setFaults({ unprocessedKeys: 0.3 });
  for (let round = 0; round < 5; round++) expect(await table.getMany(items)).toEqual(items);
  expect(front.counts().unprocessedKeys).toBeGreaterThan(0);
});

describe('a read that does not insist on the newest', () => {
  const weak = async (): Promise<string | undefined> => {
    const client = testClient(front.endpoint);
    const Key = { pk: { S: 'p' }, sk: { S: 's' } };
    const request = new GetItemCommand({ TableName: direct.name, Key, ReturnConsumedCapacity: 'TOTAL' });
    const { Item } = await client.send(request);
    client.destroy();
    return Item?.n?.N;
  };

  beforeEach(async () => {
    front.setFaults({ staleRead: 1 });
    await table.write([create]);
    await table.get(keyAt('s')); // remembered from a consistent read
    await table.write(put(item('s', { n: 2 })));
  });

  test('sees the past', async () => {
    expect(await weak()).toBe('1');
    expect(front.counts()).toEqual({ nonConsistentReads: 1, staleRead: 1 });
    expect(await table.get(keyAt('s'))).toEqual(item('s', { n: 2 }));
  });

  test('but not what is older than two seconds', async () => {
    now += 2_001;
    expect(await weak()).toBe('2');
    expect(front.counts()).toEqual({ nonConsistentReads: 1 });
  });
});

test('the same seed draws the same faults', async () => {
  const server = await startGateway('', async () => ({ status: 200, body: {} }));
  const [one, same, other] = await Promise.all([7, 7, 8].map((seed) => statuses(server.endpoint, seed)));
  await server.close();
  expect(one).toEqual(same);
  expect(one).not.toEqual(other);
});

async function statuses(server: string, seed: number): Promise<number[]> {
  const { endpoint, setFaults, close } = await startDynamoFront(server, { seed });
  setFaults({ throttling: 0.3, serverError: 0.3 });
  const headers = { 'x-amz-target': 'DynamoDB_20120810.GetItem' };
  const found: number[] = [];
  for (let call = 0; call < 40; call++) {
    found.push((await fetch(endpoint, { method: 'POST', headers, body: '{}' })).status);
  }
  await close();
  return found;
}
