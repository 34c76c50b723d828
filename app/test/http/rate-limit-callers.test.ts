import { networkOf } from '../../src/http/client-address.ts';
import { ADDRESS, type LimitedToys, startLimited } from '../support/limited-toys.ts';

let limited: LimitedToys;
afterEach(() => limited?.toys.stop());

const start = async (env: Readonly<Record<string, string>>) => {
  limited = await startLimited(env);
};
const get: LimitedToys['get'] = (...request) => limited.get(...request);

describe('who is counted', () => {
  test('addresses are apart, and what a caller writes into X-Forwarded-For changes nothing', async () => {
    await start({ RATE_LIMIT_ADDRESS: '2' });
    await get(`198.51.100.1, ${ADDRESS}`).expect(200);
    await get(`198.51.100.2,  ${ADDRESS}`).expect(200);
    await get(`198.51.100.3, ${ADDRESS}`).expect(429);
    await get('198.51.100.3').expect(200);
  });

  test('without a trusted proxy the header is ignored altogether', async () => {
    await start({ RATE_LIMIT_ADDRESS: '2', TRUST_PROXY: '0' });
    for (const [from, status] of [
      ['198.51.100.1', 200],
      ['198.51.100.2', 200],
      ['198.51.100.3', 429],
    ] as const) {
      await get(from).expect(status);
    }
  });

  test.each([
    ['203.0.113.7', '203.0.113.7'],
    ['203.0.113.7:4711', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::FFFF:cb00:7107', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
    ['[2001:db8:1:2::9]:4711', '2001:db8:1:2::/64'],
    ['2001:db8::9', '2001:db8:0:0::/64'],
    ['2001:db8:0:0:1::', '2001:db8:0:0::/64'],
    ['1::2:3:4:5:6:7', '1:0:2:3::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['_hidden', 'unknown'],
    ['', 'unknown'],
    [undefined, 'unknown'],
  ])('the address %s counts as %s', (client, network) => {
    expect(networkOf(client)).toBe(network);
  });

  test('a user counts wherever the requests come from, and no longer for the address', async () => {
    await start({ RATE_LIMIT_ADDRESS: '3', RATE_LIMIT_USER: '2' });
    for (const user of ['1', '2', '3', '4']) {
      await get(ADDRESS, `user:${user}@acme`).expect(200);
    }
    await get('198.51.100.1', 'user:1@acme').expect(200);
    const { body } = await get('198.51.100.2', 'user:1@acme').expect(429);
    expect(body).toMatchObject({ code: 'rate_limited', policy: 'user' });
    expect((await get(ADDRESS).expect(200)).headers.ratelimit).toMatch(/^"address";r=2;/);
  });

  test('an API key has a limit of its own', async () => {
    await start({ RATE_LIMIT_USER: '1', RATE_LIMIT_KEY: '2' });
    await get(ADDRESS, 'key:1@acme').expect(200);
    const { headers } = await get(ADDRESS, 'key:1@acme').expect(200);
    expect(headers['ratelimit-policy']).toBe('"key";q=2;w=60');
    expect((await get(ADDRESS, 'key:1@acme').expect(429)).body.policy).toBe('key');
    await get(ADDRESS, 'key:2@acme').expect(200);
  });

  test('an organisation that hogs is told to wait, and no other notices', async () => {
    await start({ RATE_LIMIT_ORGANISATION: '10', RATE_LIMIT_USER: '8' });
    const answers: Record<number, number> = {};
    for (let n = 0; n < 40; n += 1) {
      const { status } = await get(ADDRESS, `user:${n % 5}@hog`);
      answers[status] = (answers[status] ?? 0) + 1;
    }
    expect(answers).toEqual({ 200: 10, 429: 30 });
    expect((await get(ADDRESS, 'user:9@hog').expect(429)).body.policy).toBe('organisation');
    const { headers } = await get(ADDRESS, 'user:10@modest').expect(200);
    expect(headers.ratelimit).toMatch(/^"user";r=7;/);
  });

  test('one anonymous address uses up nothing of the others, nor of the default organisation', async () => {
    await start({ RATE_LIMIT_ADDRESS: '2', RATE_LIMIT_ORGANISATION: '3' });
    for (let n = 0; n < 10; n += 1) await get(ADDRESS);
    await get('198.51.100.1').expect(200);
    const { headers } = await get('198.51.100.1', 'user:1@default').expect(200);
    expect(headers.ratelimit).toMatch(/^"organisation";r=2;/);
  });

  test('a request of a user that is refused is charged to the address, so that a flood is stopped at the door', async () => {
    await start({ RATE_LIMIT_ADDRESS: '3', RATE_LIMIT_USER: '1' });
    await get(ADDRESS, 'user:1@acme').expect(200);
    const policies: string[] = [];
    for (let n = 0; n < 5; n += 1) policies.push((await get(ADDRESS, 'user:1@acme').expect(429)).body.policy);
    expect(policies).toEqual(['user', 'user', 'user', 'address', 'address']);
    expect(limited.counts.verified).toBe(4);
  });
});
