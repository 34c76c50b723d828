import { createRedisLimiter, type RedisLimiterOptions } from '../../src/adapters/limiter-redis.ts';
import { newUuid } from '../../src/kernel/ids.ts';
import { type Limiter, type Quota, silentLog } from '../../src/kernel/ports.ts';
import { limiterContract } from '../contract/limiter-contract.ts';
import { eventually } from '../support/eventually.ts';
import { startRedisCluster } from '../support/redis-cluster.ts';
import { type RedisServer, redisUrl, startRedis } from '../support/redis-server.ts';
import { type TestClock, testClock } from '../support/test-clock.ts';

const REST_MS = 1_001;

/** One instance's limiter, connected, with how often it could not share. */
interface Instance {
  readonly limiter: Limiter;
  unshared(): number;
  /** Tries until Redis answers again. */
  reconnected(): Promise<void>;
}

type Place = Partial<Pick<RedisLimiterOptions, 'url' | 'mode' | 'namespace'>>;

async function instance(clock: TestClock, place: Place = {}): Promise<Instance> {
  let unshared = 0;
  const meter = {
    limitsUnshared() {
      unshared += 1;
    },
  };
  const { url = redisUrl(), mode = 'single', namespace = newUuid(Date.now()) } = place;
  const limiter = createRedisLimiter({ url, mode, namespace, clock, meter, log: silentLog });
  const probe = { policy: 'probe', subject: newUuid(Date.now()), perMinute: 1_000_000 };
  async function shares(): Promise<boolean> {
    const before = unshared;
    clock.advance(REST_MS);
    limiter.take([probe]);
    await limiter.confirm([probe]);
    return unshared === before;
  }
  const made = { limiter, unshared: () => unshared, reconnected: () => eventually(shares) };
  await made.reconnected();
  return made;
}

limiterContract('Redis', async () => {
  const clock = testClock();
  const { limiter } = await instance(clock);
  return { limiter, clock, close: () => limiter.close() };
});

limiterContract('a Redis cluster', async () => {
  const clock = testClock();
  const cluster = await startRedisCluster();
  const { limiter } = await instance(clock, { url: cluster.nodes[0]!.url, mode: 'cluster' });
  const close = async () => {
    await limiter.close();
    await cluster.stop();
  };
  return { limiter, clock, close };
});

describe('instances with one Redis', () => {
  let redis: RedisServer;
  let clock: TestClock;
  let a: Instance;
  let b: Instance;
  let serial = 0;
  beforeAll(async () => {
    redis = await startRedis();
    clock = testClock();
    const place = { url: redis.url, namespace: 'shared' };
    [a, b] = [await instance(clock, place), await instance(clock, place)];
  });
  afterAll(async () => {
    for (const { limiter } of [a, b]) await limiter.close();
    await redis.stop();
  });

  const quota = (perMinute: number): Quota => {
    serial += 1;
    return { policy: 'user', subject: `somebody ${serial}`, perMinute };
  };
  /** A request that waits to know of the others. */
  async function strictly({ limiter }: Instance, one: Quota): Promise<boolean> {
    return limiter.take([one]).allowed && (await limiter.confirm([one])).allowed;
  }
  const keys = async () => (await redis.command('KEYS', 'l:shared:user:*')) as string[];

  test('share one budget exactly where each request waits to know', async () => {
    const one = quota(7);
    const allowed: boolean[] = [];
    for (let n = 0; n < 12; n += 1) allowed.push(await strictly(n % 3 === 0 ? a : b, one));
    expect(allowed).toEqual([...Array(7).fill(true), ...Array(5).fill(false)]);
  });

  test('never let through more than the limit however many come at once to both', async () => {
    for (let round = 0; round < 10; round += 1) {
      const one = quota(20);
      const crowd = Array.from({ length: 60 }, (_, n) => strictly(n % 2 ? a : b, one));
      const passed = (await Promise.all(crowd)).filter(Boolean).length;
      expect(passed).toBeLessThanOrEqual(20);
      expect(await strictly(a, one)).toBe(false);
      expect(await strictly(b, one)).toBe(false);
    }
  });

  test('where nobody waits, the second request of an instance knows what the others did', async () => {
    const one = quota(100);
    for (let n = 0; n < 50; n += 1) a.limiter.take([one]);
    await a.limiter.confirm([one]);
    expect(b.limiter.take([one]).remaining).toBe(99);
    await b.limiter.confirm([one]);
    expect(b.limiter.take([one]).remaining).toBe(48);
  });

  test('what one gives back, the others may use', async () => {
    const one = quota(1);
    expect(await strictly(a, one)).toBe(true);
    expect(await strictly(b, one)).toBe(false);
    // Both were counted: the second when nobody knew that it was too much.
    for (const { limiter } of [a, b]) {
      limiter.giveBack(one);
      await limiter.confirm([one]);
    }
    expect(await strictly(b, one)).toBe(true);
  });

  test('requests of one moment become one command, whoever makes them', async () => {
    const calls = async () =>
      /cmdstat_evalsha:calls=(\d+)/.exec(String(await redis.command('INFO', 'commandstats')))?.[1];
    const before = Number(await calls());
    const busy = quota(500);
    const crowd = Array.from({ length: 100 }, () => quota(5));
    for (const one of crowd) a.limiter.take([one, busy]);
    await a.limiter.confirm(crowd);
    expect(Number(await calls()) - before).toBe(1);
    expect(await redis.command('GET', (await keys()).find((key) => key.includes(`${busy.subject}:`))!)).toBe(
      '100',
    );
  });

  test('a counter does not outlive its minute by much', async () => {
    const one = quota(5);
    await strictly(a, one);
    await strictly(b, one);
    const key = (await keys()).find((name) => name.includes(`:${one.subject}:`))!;
    const ttl = Number(await redis.command('PTTL', key));
    expect(ttl).toBeGreaterThan(60_000);
    expect(ttl).toBeLessThanOrEqual(120_000);
  });

  test('when Redis evicts a counter, each instance goes on from what it counted itself', async () => {
    const one = quota(4);
    for (const each of [a, a, a]) expect(await strictly(each, one)).toBe(true);
    for (const key of await keys()) await redis.command('DEL', key);
    const allowed: boolean[] = [];
    for (const each of [b, a, a, b, b, b]) allowed.push(await strictly(each, one));
    expect(allowed).toEqual([true, true, false, true, true, false]);
  });

  test('tables that share a Redis share no counters', async () => {
    const other = await instance(clock, { url: redis.url, namespace: 'another' });
    const one = quota(1);
    expect(await strictly(a, one)).toBe(true);
    expect(await strictly(other, one)).toBe(true);
    await other.limiter.close();
  });

  test('an answer that takes longer than a moment is not waited for', async () => {
    const one = quota(1);
    const before = a.unshared();
    await redis.command('CLIENT', 'PAUSE', 700, 'WRITE'); // shorter than what makes the connection fail
    expect(await strictly(a, one)).toBe(true);
    expect(a.unshared()).toBe(before + 1);
    await redis.command('CLIENT', 'UNPAUSE');
    await a.reconnected();
  });

  test('when Redis stands still, nobody waits for long, and the limit of the process holds', async () => {
    redis.pause();
    const one = quota(3);
    const allowed: boolean[] = [];
    const before = a.unshared();
    for (let n = 0; n < 5; n += 1) allowed.push(await strictly(a, one));
    expect(allowed).toEqual([true, true, true, false, false]);
    expect(a.unshared()).toBe(before + 1); // after one try Redis is left alone
    redis.resume();
    for (const each of [a, b]) await each.reconnected();
    expect(await strictly(b, quota(1))).toBe(true);
  });

  test('when Redis is killed, each goes by its own counts, and they share again when it is back', async () => {
    const one = quota(3);
    expect(await strictly(a, one)).toBe(true);
    const { port, dir } = redis;
    await redis.kill();
    for (const each of [a, b]) {
      const before = each.unshared();
      const allowed: boolean[] = [];
      for (let n = 0; n < 4; n += 1) allowed.push(await strictly(each, one));
      expect(allowed).toEqual(each === a ? [true, true, false, false] : [true, true, true, false]);
      expect(each.unshared()).toBe(before + 1);
    }
    redis = await startRedis({ port, dir });
    for (const each of [a, b]) await each.reconnected();
    const next = quota(1);
    expect(await strictly(a, next)).toBe(true);
    expect(await strictly(b, next)).toBe(false);
  });
});
