import { createChangeStream } from '../../src/adapters/redis/change-stream.ts';
import { silentLog } from '../../src/kernel/ports.ts';
import type { Change } from '../../src/table/changes/change.ts';
import type { Consumer } from '../../src/table/changes/consumer.ts';
import { eventually } from '../support/eventually.ts';
import { startRedisCluster } from '../support/redis-cluster.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';

const STREAM = 'sample:changes';
const changeOf = (n: number, version: number | null = n): Change => ({
  id: `id-${n}`,
  at: '2026-01-01T00:00:00.000Z',
  organisation: 'default',
  kind: 'entity',
  change: 'changed',
  type: 'city',
  uuid: `uuid-${n}`,
  version,
});

describe('changes in a Redis stream', () => {
  let redis: RedisServer;
  let consumer: Consumer;
  beforeEach(async () => {
    redis = await startRedis();
    consumer = createChangeStream({ url: redis.url, mode: 'single', log: silentLog, stream: STREAM });
    await eventually(() => delivered([]));
  });
  afterEach(async () => {
    await consumer.close();
    await redis.stop();
  });

  const delivered = (changes: readonly Change[]) =>
    consumer.deliver(changes).then(
      () => true,
      () => false,
    );

  async function entries(): Promise<Record<string, string>[]> {
    const all = (await redis.command('XRANGE', STREAM, '-', '+')) as [string, string[]][];
    return all.map(([, flat]) =>
      Object.fromEntries(flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1]!]] : []))),
    );
  }

  test('each is an entry with its parts, in order', async () => {
    await consumer.deliver([changeOf(1), changeOf(2, null)]);
    await consumer.deliver([changeOf(3)]);
    const [first, second, third] = await entries();
    expect(first).toEqual({ ...changeOf(1), version: '1' });
    const { version: _none, ...links } = changeOf(2);
    expect(second).toEqual(links);
    expect(third).toMatchObject({ id: 'id-3' });
  });

  test('that were missed are told', async () => {
    await consumer.missed('acme');
    expect(await entries()).toEqual([{ kind: 'gap', organisation: 'acme' }]);
  });

  test('the stream is cut at about its length', async () => {
    for (let n = 0; n < 120; n++)
      await consumer.deliver(Array.from({ length: 1_000 }, (_, i) => changeOf(i)));
    const length = Number(await redis.command('XLEN', STREAM));
    expect(length).toBeGreaterThanOrEqual(100_000);
    expect(length).toBeLessThan(105_000);
  });

  test('a batch that Redis refuses leaves nothing behind', async () => {
    await redis.command('SET', STREAM, 'no stream');
    expect(await delivered([changeOf(1)])).toBe(false);
    await redis.command('DEL', STREAM);
    await redis.command('CONFIG', 'SET', 'maxmemory', '1');
    expect(await delivered([changeOf(1), changeOf(2)])).toBe(false);
    await redis.command('CONFIG', 'SET', 'maxmemory', '0');
    expect(await entries()).toEqual([]);
    expect(await delivered([changeOf(1)])).toBe(true);
  });

  test('fails in time while Redis does not answer, and works after it is back', async () => {
    redis.pause();
    expect(await delivered([changeOf(1)])).toBe(false);
    redis.resume();
    await eventually(() => delivered([changeOf(2)]));
    expect((await entries()).at(-1)).toMatchObject({ id: 'id-2' });
  });

  test('works on after a restart of Redis', async () => {
    await consumer.deliver([changeOf(1)]);
    await redis.kill();
    expect(await delivered([changeOf(2)])).toBe(false);
    const { port, dir } = redis;
    redis = await startRedis({ port, dir });
    await eventually(() => delivered([changeOf(3)]));
    expect(await entries()).toMatchObject([{ id: 'id-3' }]);
  });
});

test('a stream lies in a cluster, too', async () => {
  const cluster = await startRedisCluster();
  const [node] = cluster.nodes;
  const consumer = createChangeStream({ url: node!.url, mode: 'cluster', log: silentLog, stream: STREAM });
  const isTaken = (n: number) =>
    consumer.deliver([changeOf(n), changeOf(n + 1)]).then(
      () => true,
      () => false,
    );
  await eventually(() => isTaken(1));
  const lengths = await Promise.all(
    cluster.nodes.map(({ command }) => command('XLEN', STREAM).catch(() => 0)),
  );
  expect(lengths.map(Number).sort()).toEqual([0, 0, 2]);
  await consumer.close();
  await cluster.stop();
});
