import supertest from 'supertest';
import { createMemoryLimiter } from '../../src/adapters/limiter-memory.ts';
import { compose, type Service } from '../../src/compose.ts';
import { readSettings } from '../../src/config.ts';
import { silentLog, systemClock } from '../../src/kernel/ports.ts';
import { eventually } from '../support/eventually.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { sqliteTable } from '../support/tables.ts';

describe('two instances of the whole service with one Redis', () => {
  const LIMIT = 30;
  const GUESSES = 6;
  let redis: RedisServer;
  let fresh: Awaited<ReturnType<typeof sqliteTable>>;
  const services: Service[] = [];
  let a: ReturnType<typeof supertest>;
  let b: typeof a;
  let shiftMs = 0;

  beforeAll(async () => {
    redis = await startRedis();
    fresh = await sqliteTable();
    const settings = readSettings({
      NODE_ENV: 'test',
      CACHE: 'redis',
      REDIS_URL: redis.url,
      TRUST_PROXY: '1',
      RATE_LIMIT_ADDRESS: String(LIMIT),
      RATE_LIMIT_SIGN_IN: String(GUESSES),
    });
    const moved = { ...systemClock, now: () => Date.now() + shiftMs };
    for (let n = 0; n < 2; n += 1) {
      services.push(
        await compose(settings, { version: '0', log: silentLog, env: {}, clock: moved, table: fresh.table }),
      );
    }
    [a, b] = services.map(({ app }) => supertest(app)) as [typeof a, typeof b];
    // Both are connected once what was asked of one is known to the other.
    let attempt = 0;
    await eventually(async () => {
      attempt += 1;
      const from = `10.0.${attempt >> 8}.${attempt & 255}`;
      await ask(a, from);
      await ask(b, from);
      return (await remaining(b, from)) === LIMIT - 3;
    });
  });
  afterAll(async () => {
    for (const service of services) await service.close();
    await redis.stop();
    await fresh.close();
  });

  const ask = (api: typeof a, from: string) => api.get('/openapi.json').set('X-Forwarded-For', from);
  async function remaining(api: typeof a, from: string): Promise<number> {
    const { headers } = await ask(api, from);
    return Number(/r=(\d+)/.exec(String(headers.ratelimit))?.[1]);
  }
  /** Makes a minute of this address begin now, so that none ends during the test. */
  function beginMinute(subject: string, policy = 'address'): void {
    const clock = { ...systemClock, now: () => Date.now() + shiftMs };
    const quota = { policy, subject, perMinute: 1 };
    shiftMs += createMemoryLimiter(clock).take([quota]).resetMs;
  }

  async function statuses(from: string, apis: readonly (typeof a)[]): Promise<Record<number, number>> {
    const counted: Record<number, number> = {};
    for (const api of apis) {
      const { status } = await ask(api, from);
      counted[status] = (counted[status] ?? 0) + 1;
    }
    return counted;
  }
  const inTurns = (times: number) => Array.from({ length: times }, (_, n) => (n % 2 ? a : b));

  test('share one budget', async () => {
    const from = '192.0.2.10';
    beginMinute(from);
    const counted = await statuses(from, inTurns(2 * LIMIT + 10));
    // An instance may let one request through before it has learned what the other did.
    expect(counted[200]).toBeGreaterThanOrEqual(LIMIT);
    expect(counted[200]).toBeLessThanOrEqual(LIMIT + 2);
    expect((await ask(a, from)).status).toBe(429);
    expect((await ask(b, from)).status).toBe(429);
  });

  test('let nobody guess more passwords at both than at one', async () => {
    const from = '192.0.2.20';
    beginMinute(from, 'sign_in');
    const guess = (api: typeof a, n: number) =>
      api
        .post('/api/v1/auth/login')
        .set('X-Forwarded-For', from)
        .send({ email: `guess-${n}@example.org`, password: 'a sample of a guess' });
    const answers: { status: number; body: { code: string; policy?: string } }[] = [];
    for (const [n, api] of inTurns(GUESSES + 4).entries()) answers.push(await guess(api, n));
    expect(answers.map(({ status }) => status)).toEqual([...Array(GUESSES).fill(401), ...Array(4).fill(429)]);
    expect(answers.at(-1)!.body).toMatchObject({ code: 'rate_limited', policy: 'sign_in' });
  });

  test('go by their own counts when Redis is killed on the way, and answer all the same', async () => {
    const from = '192.0.2.11';
    beginMinute(from);
    expect(await statuses(from, inTurns(10))).toEqual({ 200: 10 });
    await redis.kill();
    const counted = await statuses(from, inTurns(4 * LIMIT));
    expect(Object.keys(counted)).toEqual(['200', '429']);
    expect(counted[200]).toBeGreaterThanOrEqual(LIMIT - 10);
    expect(counted[200]).toBeLessThanOrEqual(2 * LIMIT - 10);
    expect((await ask(a, from)).status).toBe(429);
    const { text } = await a.get('/metrics');
    expect(Number(/^rate_limits_unshared_total (\d+)/m.exec(text)?.[1])).toBeGreaterThan(0);
  });
});
