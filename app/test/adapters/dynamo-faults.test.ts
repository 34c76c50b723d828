import { ConditionFailed } from '../../src/table/failures.ts';
import type { Action } from '../../src/table/table.ts';
import { failureOf, item, keyAt, put } from '../contract/table/fixture.ts';
import {
  broken,
  cancelled,
  cut,
  type FaultProxy,
  half,
  lostReply,
  refused,
  shortPage,
  silence,
  startFaultProxy,
  throttled,
  unprocessed,
} from '../support/fault-proxy.ts';
import { dynamoEndpoint, dynamoTable, type FreshTable } from '../support/tables.ts';
import { type TestClock, testClock } from '../support/test-clock.ts';

const UNAVAILABLE = { kind: 'unavailable', code: 'store_unavailable' };
const CONTENDED = { kind: 'conflict', code: 'write_conflict', retryAfter: 1 };
const WRITE = 'TransactWriteItems';

const add: Action = { type: 'update', key: keyAt('s'), add: { n: 1 }, condition: { exists: true } };
const create: Action = { type: 'put', item: item('new'), condition: { exists: false } };

function times<T>(count: number, value: T): T[] {
  return Array.from({ length: count }, () => value);
}

describe('DynamoDB behind a bad network', () => {
  let proxy: FaultProxy;
  let clock: TestClock;
  let fresh: FreshTable;

  beforeAll(async () => {
    proxy = await startFaultProxy(dynamoEndpoint());
  });
  afterAll(() => proxy.close());
  beforeEach(async () => {
    clock = testClock();
    fresh = await dynamoTable({ endpoint: proxy.endpoint, clock });
    await fresh.table.write(put(item('s', { n: 0 })));
    proxy.calls.length = 0;
  });
  afterEach(() => fresh.close());

  describe('reads', () => {
    test.each([
      ['throttling', throttled],
      ['an error of the server', broken],
      ['a cut connection', cut],
      ['half a reply', half],
      ['a server that does not answer', silence],
    ])('get over %s', async (_, fault) => {
      proxy.inject('GetItem', fault);
      expect(await fresh.table.get(keyAt('s'))).toEqual(item('s', { n: 0 }));
      expect(proxy.calls).toHaveLength(2);
    });

    test.each([
      ['throttling', throttled],
      ['errors of the server', broken],
      ['cut connections', cut],
    ])('give up after three attempts: %s', async (_, fault) => {
      proxy.inject('GetItem', ...times(3, fault));
      expect(await failureOf(fresh.table.get(keyAt('s')))).toMatchObject(UNAVAILABLE);
      expect(proxy.calls).toHaveLength(3);
    });

    test('are all strongly consistent', async () => {
      await fresh.table.get(keyAt('s'));
      await fresh.table.getMany([keyAt('s')]);
      await fresh.table.query({ pk: 'p', limit: 1 });
      const [get, many, query] = proxy.calls.map(({ body }) => body);
      const [batch] = Object.values<{ ConsistentRead: boolean }>(many.RequestItems);
      expect([get.ConsistentRead, batch?.ConsistentRead, query.ConsistentRead]).toEqual([true, true, true]);
    });

    test('a page that ends early is continued', async () => {
      await fresh.table.write(put(...['t', 'u', 'v'].map((sk) => item(sk))));
      proxy.inject('Query', shortPage(1), shortPage(2));
      const first = await fresh.table.query({ pk: 'p', limit: 10 });
      expect(first).toEqual({ items: [item('s', { n: 0 })], next: 's' });
      const second = await fresh.table.query({ pk: 'p', limit: 10, after: 's' });
      expect(second).toEqual({ items: [item('t'), item('u')], next: 'u' });
      const third = await fresh.table.query({ pk: 'p', limit: 10, after: 'u' });
      expect(third).toEqual({ items: [item('v')] });
    });
  });

  describe('getMany', () => {
    const keys = Array.from({ length: 250 }, (_, i) => keyAt(`k${i % 240}`));

    test('asks for at most 100 keys at once, for none twice', async () => {
      await fresh.table.getMany(keys);
      const asked = proxy.calls.map(
        ({ body }) => Object.values<{ Keys: object[] }>(body.RequestItems)[0]!.Keys,
      );
      expect(asked.map((each) => each.length).sort()).toEqual([100, 100, 40]);
      expect(new Set(asked.flat().map((key) => JSON.stringify(key))).size).toBe(240);
    });

    test('asks again for what was left over', async () => {
      await fresh.table.write(put(...keys.slice(0, 100).map(({ sk }) => item(sk))));
      proxy.inject('BatchGetItem', unprocessed(60), unprocessed(0), unprocessed(1));
      const read = await fresh.table.getMany(keys.slice(0, 100));
      expect(read.map((each) => each?.sk)).toEqual(keys.slice(0, 100).map(({ sk }) => sk));
      expect(proxy.calls.filter(({ operation }) => operation === 'BatchGetItem')).toHaveLength(4);
      expect(clock.sleeps).toHaveLength(1);
    });

    test('gives up when nothing is answered any more', async () => {
      proxy.inject('BatchGetItem', ...times(5, unprocessed(0)));
      expect(await failureOf(fresh.table.getMany([keyAt('s')]))).toMatchObject(UNAVAILABLE);
      expect(clock.sleeps).toHaveLength(4);
      expect(Math.max(...clock.sleeps)).toBeLessThanOrEqual(400);
    });
  });

  describe('a write whose reply is lost', () => {
    test('adds only once', async () => {
      proxy.inject(WRITE, lostReply, lostReply);
      await fresh.table.write([add]);
      expect(proxy.calls).toHaveLength(3);
      expect(await fresh.table.get(keyAt('s'))).toEqual(item('s', { n: 1 }));
    });

    test('does not fail its own condition', async () => {
      proxy.inject(WRITE, lostReply);
      await fresh.table.write([create, add]);
      expect(await fresh.table.getMany([keyAt('new'), keyAt('s')])).toEqual([
        item('new'),
        item('s', { n: 1 }),
      ]);
    });

    test('is done again when it is a plain put or delete', async () => {
      proxy.inject('PutItem', lostReply);
      proxy.inject('DeleteItem', lostReply);
      await fresh.table.write(put(item('plain')));
      await fresh.table.write([{ type: 'delete', key: keyAt('s') }]);
      expect(await fresh.table.getMany([keyAt('plain'), keyAt('s')])).toEqual([item('plain'), undefined]);
      expect(proxy.calls.filter(({ operation }) => /^(Put|Delete)/.test(operation))).toHaveLength(4);
    });

    test('is unavailable when no reply ever comes, whether or not it was done', async () => {
      proxy.inject(WRITE, ...times(3, lostReply));
      expect(await failureOf(fresh.table.write([add]))).toMatchObject(UNAVAILABLE);
      expect(await fresh.table.get(keyAt('s'))).toEqual(item('s', { n: 1 }));
    });
  });

  describe('a write that others are in the way of', () => {
    const conflict = cancelled('None', 'TransactionConflict');

    test('is repeated up to three times, as the same request', async () => {
      proxy.inject(WRITE, ...times(3, conflict));
      await fresh.table.write([create, add]);
      expect(proxy.calls).toHaveLength(4);
      expect(new Set(proxy.calls.map(({ body }) => JSON.stringify(body))).size).toBe(1);
      expect(await fresh.table.get(keyAt('s'))).toEqual(item('s', { n: 1 }));
    });

    test('waits 10 to 80 ms each time, and is contended in the end', async () => {
      proxy.inject(WRITE, ...times(4, conflict));
      expect(await failureOf(fresh.table.write([create, add]))).toMatchObject(CONTENDED);
      expect(proxy.calls).toHaveLength(4);
      expect(clock.sleeps).toHaveLength(3);
      for (const ms of clock.sleeps) expect(ms >= 10 && ms <= 80).toBe(true);
    });

    test('is repeated without a transaction, too', async () => {
      proxy.inject('PutItem', ...times(3, refused('TransactionConflictException')));
      await fresh.table.write(put(item('plain')));
      proxy.inject('DeleteItem', ...times(4, refused('TransactionConflictException')));
      const failure = await failureOf(fresh.table.write([{ type: 'delete', key: keyAt('plain') }]));
      expect(failure).toMatchObject(CONTENDED);
    });

    test('is unavailable while its own first attempt goes on: nobody knows how that ends', async () => {
      proxy.inject(WRITE, ...times(12, refused('TransactionInProgressException')));
      expect(await failureOf(fresh.table.write([add]))).toMatchObject(UNAVAILABLE);
      expect(proxy.calls).toHaveLength(12);
    });

    test('is repeated when it was throttled, and unavailable in the end', async () => {
      proxy.inject(WRITE, cancelled('ThrottlingError', 'None'));
      await fresh.table.write([create, add]);
      proxy.inject(WRITE, ...times(4, cancelled('ProvisionedThroughputExceeded', 'TransactionConflict')));
      expect(await failureOf(fresh.table.write([create, add]))).toMatchObject(UNAVAILABLE);
    });

    test('is not repeated when a condition failed as well', async () => {
      proxy.inject(WRITE, cancelled('TransactionConflict', 'ConditionalCheckFailed'));
      const failure = await failureOf(fresh.table.write([create, add]));
      expect(failure).toBeInstanceOf(ConditionFailed);
      expect(failure.failed).toEqual([1]);
      expect(proxy.calls).toHaveLength(1);
    });
  });
});
