import { createMemoryLimiter } from '../../src/adapters/limiter-memory.ts';
import { createPromMetrics } from '../../src/adapters/prom.ts';
import { readSettings } from '../../src/config.ts';
import { identifier, type RateLimits } from '../../src/http/rate-limit.ts';
import {
  ADDRESS,
  type LimitedToys,
  LOGIN,
  loginRoute,
  NO_LIMITS,
  startLimited,
} from '../support/limited-toys.ts';

let limited: LimitedToys;
afterEach(() => limited?.toys.stop());

const start = async (env: Readonly<Record<string, string>>) => {
  limited = await startLimited(env);
};
const get: LimitedToys['get'] = (...request) => limited.get(...request);
const secondsLeft = (header: string | undefined) => Number(/t=(\d+)$/.exec(String(header))?.[1]);

describe('what a caller is told', () => {
  test('every answer names the limit, what is left, and for how long', async () => {
    await start({ RATE_LIMIT_ADDRESS: '3' });
    const quota = { policy: 'address', subject: ADDRESS, perMinute: 3 };
    const left = Math.ceil(createMemoryLimiter(limited.clock).take([quota]).resetMs / 1000);
    for (const remaining of [2, 1, 0]) {
      const { headers } = await get(ADDRESS).expect(200);
      expect(headers['ratelimit-policy']).toBe('"address";q=3;w=60');
      expect(headers.ratelimit).toBe(`"address";r=${remaining};t=${left}`);
      expect(headers['retry-after']).toBeUndefined();
    }
  });

  test('too many requests are a 429 with the policy and when to come back', async () => {
    await start({ RATE_LIMIT_ADDRESS: '1' });
    await get(ADDRESS).expect(200);
    const { headers, body } = await get(ADDRESS).expect(429);
    const seconds = secondsLeft(headers.ratelimit);
    expect(headers['content-type']).toBe('application/problem+json');
    expect(headers['ratelimit-policy']).toBe('"address";q=1;w=60');
    expect(headers.ratelimit).toBe(`"address";r=0;t=${seconds}`);
    expect(seconds).toBeGreaterThan(0);
    expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(seconds);
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(seconds + 5);
    expect(body).toMatchObject({
      type: '/problems/rate_limited',
      title: 'Too Many Requests',
      status: 429,
      code: 'rate_limited',
      policy: 'address',
      detail: 'More than 1 requests in a minute: the limit of this address is used up.',
      instance: '/api/v1/echo/hello',
    });
    limited.clock.advance((seconds - 1) * 1000);
    await get(ADDRESS).expect(429);
    limited.clock.advance(1000);
    await get(ADDRESS).expect(200);
  });

  test('those who are told to wait come back spread over some seconds', async () => {
    await start({ RATE_LIMIT_ADDRESS: '1' });
    await get(ADDRESS).expect(200);
    const waits = new Set<string>();
    for (let n = 0; n < 60; n += 1)
      waits.add(String((await get(ADDRESS).expect(429)).headers['retry-after']));
    expect(waits.size).toBeGreaterThan(2);
    expect(waits.size).toBeLessThanOrEqual(6);
  });

  test('the headers stand on problems, on 304 and for pages of other origins too', async () => {
    await start({ RATE_LIMIT_ADDRESS: '100', CORS_ORIGINS: 'https://friend.example' });
    const told = async (request: ReturnType<typeof get>, status: number) =>
      (await request.expect(status)).headers;
    const uuid = '0190163d-8694-739b-aea5-966c26f8ad90';
    const requests = [
      told(get(ADDRESS, undefined, '/api/v1/broken'), 500),
      told(get(ADDRESS, undefined, '/api/v1/toys/not-a-uuid'), 400),
      told(get(ADDRESS, undefined, `/api/v1/toys/${uuid}`).set('If-None-Match', '"1"'), 304),
      told(get(ADDRESS, 'bad'), 401),
      told(get(ADDRESS).set('Origin', 'https://friend.example'), 200),
    ];
    for (const headers of await Promise.all(requests)) {
      expect(headers['ratelimit-policy']).toBe('"address";q=100;w=60');
      expect(headers.ratelimit).toMatch(/^"address";r=9\d;t=\d+$/);
    }
    const exposed = (await requests[4]!)['access-control-expose-headers'];
    expect(exposed).toMatch(/\bRateLimit,/);
    expect(exposed).toMatch(/\bRateLimit-Policy,/);
  });

  test('of several limits all are named and the tightest is told', async () => {
    await start({ RATE_LIMIT_ADDRESS: '9', RATE_LIMIT_USER: '5', RATE_LIMIT_ORGANISATION: '6' });
    const first = await get(ADDRESS, 'user:1@acme').expect(200);
    expect(first.headers['ratelimit-policy']).toBe('"user";q=5;w=60, "organisation";q=6;w=60');
    expect(first.headers.ratelimit).toMatch(/^"user";r=4;t=\d+$/);
    for (const user of ['2', '3']) await get(ADDRESS, `user:${user}@acme`).expect(200);
    const last = await get(ADDRESS, 'user:1@acme').expect(200);
    expect(last.headers.ratelimit).toMatch(/^"organisation";r=2;t=\d+$/);
  });

  test('nothing is said where nothing is limited', async () => {
    await start({});
    const { headers } = await get(ADDRESS).expect(200);
    expect(Object.keys(headers).filter((name) => name.startsWith('ratelimit'))).toEqual([]);
  });
});

describe('the order', () => {
  test('the address is judged before anybody finds out who it is', async () => {
    await start({ RATE_LIMIT_ADDRESS: '2' });
    for (let n = 0; n < 2; n += 1) await get(ADDRESS, 'bad').expect(401);
    await get(ADDRESS, 'bad').expect(429);
    await get(ADDRESS, 'user:1@acme').expect(429);
    expect(limited.counts.verified).toBe(2);
  });

  test('all limits are judged before a body is asked for', async () => {
    await start({ RATE_LIMIT_USER: '1' });
    const post = () =>
      limited.toys.api.post('/api/v1/toys').set('Authorization', 'Bearer user:1@acme').send({ name: 'Ball' });
    await post().expect(201);
    await post().expect(429);
    expect(limited.toys.controls.made).toHaveLength(1);
  });

  test('health, readiness and metrics are answered however often they are asked', async () => {
    await start({ RATE_LIMIT_ADDRESS: '1' });
    await get(ADDRESS).expect(200);
    await get(ADDRESS).expect(429);
    for (const path of ['/status', '/livez', '/readyz', '/metrics', '/status/', '/livez']) {
      const { headers } = await get(ADDRESS, undefined, path).expect(200);
      expect(headers.ratelimit).toBeUndefined();
    }
    await get(ADDRESS, undefined, '/openapi.json').expect(429);
  });

  test('where no limit applies, a route asks the authentication and nothing else', () => {
    const settings = readSettings(NO_LIMITS);
    const limits = {
      settings,
      meter: createPromMetrics().meter,
      limiter: undefined,
    } as unknown as RateLimits;
    const actor = { id: 'user:1', organisation: 'acme', role: 'reader' };
    const route = loginRoute(() => {});
    const identify = identifier(route, () => actor, limits); // would fail if it asked the limiter
    expect(identify({ headers: {} } as never, {} as never)).toBe(actor);
  });
});

describe('signing in', () => {
  const logIn = (from: string) =>
    limited.toys.api.post(LOGIN).set('X-Forwarded-For', from).send({ password: 'sample' });

  test('has a limit of its own for each address, which reaches no other route', async () => {
    await start({ RATE_LIMIT_SIGN_IN: '3', RATE_LIMIT_ADDRESS: '100' });
    for (const remaining of [2, 1, 0]) {
      const { headers } = await logIn(ADDRESS).expect(200);
      expect(headers['ratelimit-policy']).toBe('"sign_in";q=3;w=60, "address";q=100;w=60');
      expect(headers.ratelimit).toMatch(new RegExp(`^"sign_in";r=${remaining};t=\\d+$`));
    }
    const { body } = await logIn(ADDRESS).expect(429);
    expect(body).toMatchObject({ policy: 'sign_in', code: 'rate_limited' });
    expect(limited.counts.attempts).toBe(3);
    expect(limited.counts.verified).toBe(3);
    await logIn('198.51.100.1').expect(200);
    await get(ADDRESS).expect(200);
  });

  test('of fifty attempts at once exactly the limit is tried', async () => {
    await start({ RATE_LIMIT_SIGN_IN: '20' });
    const answers = await Promise.all(Array.from({ length: 50 }, () => logIn(ADDRESS)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(20);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(30);
    expect(limited.counts.attempts).toBe(20);
  });

  test('is limited unless the settings say otherwise, also outside production', () => {
    expect(readSettings({}).RATE_LIMIT_SIGN_IN).toBe(20);
    expect(readSettings({}).RATE_LIMIT_ADDRESS).toBe(0);
    expect(readSettings({ NODE_ENV: 'production' }).RATE_LIMIT_ADDRESS).toBeGreaterThan(0);
  });
});

test('who was told to wait is in the log and in the metrics', async () => {
  await start({ RATE_LIMIT_USER: '1' });
  await get(ADDRESS, 'user:1@acme').expect(200);
  await get(ADDRESS, 'user:1@acme').expect(429);
  expect(await limited.toys.logged(1)).toMatchObject({
    status: 429,
    code: 'rate_limited',
    actor: 'user:1',
    organisation: 'acme',
    client: ADDRESS,
  });
  const { text } = await get(ADDRESS, undefined, '/metrics');
  expect(text).toContain('rate_limited_total{policy="user"} 1');
  expect(text).toContain('rate_limits_unshared_total 0');
});

test('every operation but those is described with a 429', async () => {
  await start({});
  const { body } = await get(ADDRESS, undefined, '/openapi.json').expect(200);
  expect(body.paths['/api/v1/toys'].get.responses['429']).toEqual({
    $ref: '#/components/responses/Problem429',
  });
  expect(Object.keys(body.components.responses.Problem429.headers)).toEqual([
    'Retry-After',
    'RateLimit',
    'RateLimit-Policy',
  ]);
});
