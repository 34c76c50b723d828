import { createHmac, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { createJose } from '../../src/adapters/jose.ts';
import type { Jwk } from '../../src/kernel/credentials.ts';
import { type AccountsService, bearer, member, only, startAccounts } from '../support/accounts.ts';
import { accountsOver, type TestAccounts } from '../support/accounts-over.ts';
import { type ManualClock, manualClock } from '../support/manual-clock.ts';
import { type FreshTable, sqliteTable } from '../support/tables.ts';

const ME = '/api/v1/auth/me';
const DAY = 24 * 3_600_000;
const MINUTE = 60_000;

type Claims = Record<string, unknown>;

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const decoded = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());

describe('what is no access token of ours', () => {
  let service: AccountsService;
  let good: string;
  let header: Claims;
  let claims: Claims;
  let ours: Jwk;
  let fetched: string[];
  const realFetch = globalThis.fetch;

  beforeAll(async () => {
    ours = await createJose().generate('our-key');
    const env = { JWT_PRIVATE_KEYS: JSON.stringify({ keys: [ours] }) };
    service = await startAccounts(sqliteTable, { env });
    good = (await member(service.api, 'ada@example.org')).tokens.access_token;
    const [head, body] = good.split('.') as [string, string];
    [header, claims] = [decoded(head), decoded(body)];
    fetched = [];
    globalThis.fetch = async (url) => {
      fetched.push(String(url));
      throw new Error('no');
    };
  });
  afterAll(async () => {
    globalThis.fetch = realFetch;
    await service.close();
  });

  const signed = async (body: Claims, head: Claims = {}) =>
    new SignJWT(body)
      .setProtectedHeader({ alg: 'EdDSA', kid: 'our-key', typ: 'at+jwt', ...head })
      .sign(await importOurs());

  async function importOurs() {
    const { importJWK } = await import('jose');
    return importJWK(ours, 'EdDSA');
  }

  async function bySomebodyElse(head: Claims): Promise<string> {
    const { privateKey } = await generateKeyPair('EdDSA');
    return new SignJWT(claims).setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', ...head }).sign(privateKey);
  }

  /** What a verifier that lets the token choose would take: our public key as the secret of an HMAC. */
  function confused(): string {
    const { crv, kty, x } = ours as unknown as Record<string, string>;
    const key: KeyObject = createPublicKey({ key: { crv, kty, x }, format: 'jwk' });
    const text = `${encode({ ...header, alg: 'HS256' })}.${encode(claims)}`;
    const secret = key.export({ type: 'spki', format: 'pem' });
    return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
  }

  async function byRsa(): Promise<string> {
    const { privateKey } = await generateKeyPair('RS256');
    return new SignJWT(claims).setProtectedHeader({ ...header, alg: 'RS256' }).sign(privateKey);
  }

  /** Signed by us, and yet it asks for more than we understand. */
  function critical(): string {
    const text = `${encode({ ...header, crit: ['more'], more: 1 })}.${encode(claims)}`;
    const { crv, kty, x, d } = ours as unknown as Record<string, string>;
    const key = createPrivateKey({ key: { crv, kty, x, d }, format: 'jwk' });
    return `${text}.${sign(null, Buffer.from(text), key).toString('base64url')}`;
  }

  const now = () => Math.floor(Date.now() / 1000);

  test('what the service itself made is taken', async () => {
    await service.api.get(ME).set('Authorization', `Bearer ${good}`).expect(200);
    await service.api
      .get(ME)
      .set('Authorization', `bearer ${await signed(claims)}`)
      .expect(200);
    expect(header).toEqual({ alg: 'EdDSA', kid: 'our-key', typ: 'at+jwt' });
    expect(claims).toMatchObject({
      iss: 'cadastre',
      aud: 'cadastre',
      org: 'default',
      exp: expect.any(Number),
      jti: expect.any(String),
    });
  });

  const CASES: [string, () => string | Promise<string>][] = [
    ['no algorithm', () => `${encode({ ...header, alg: 'none' })}.${encode(claims)}.`],
    ['no signature', () => good.split('.').slice(0, 2).join('.')],
    ['an HMAC with our public key', confused],
    ['an RSA signature under our name', byRsa],
    ['a signature of somebody else', () => bySomebodyElse({ kid: 'our-key' })],
    ['a name that is a path', () => bySomebodyElse({ kid: '../../../../dev/null' })],
    ['a name that is an address', () => bySomebodyElse({ kid: 'https://evil.example/key' })],
    ['keys elsewhere (jku)', () => bySomebodyElse({ kid: 'x', jku: 'https://evil.example/jwks.json' })],
    ['a certificate elsewhere (x5u)', () => bySomebodyElse({ kid: 'x', x5u: 'https://evil.example/x.pem' })],
    [
      'a key of its own',
      async () => {
        const { privateKey, publicKey } = await generateKeyPair('EdDSA', { extractable: true });
        const jwk = await exportJWK(publicKey);
        return new SignJWT(claims)
          .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: 'x', jwk })
          .sign(privateKey);
      },
    ],
    ['no name of a key', () => signed(claims, { kid: undefined })],
    ['another type', () => signed(claims, { typ: 'JWT' })],
    ['no type', () => signed(claims, { typ: undefined })],
    ['another issuer', () => signed({ ...claims, iss: 'https://evil.example' })],
    ['another audience', () => signed({ ...claims, aud: 'somebody' })],
    ['no audience', () => signed({ ...claims, aud: undefined })],
    ['a time that is over', () => signed({ ...claims, exp: now() - 10 })],
    ['no end', () => signed({ ...claims, exp: undefined })],
    ['a time to come', () => signed({ ...claims, nbf: now() + 60 })],
    ['no subject', () => signed({ ...claims, sub: undefined })],
    ['a subject that is no user', () => signed({ ...claims, sub: 'default#user' })],
    ['another organisation', () => signed({ ...claims, org: '0190163d-8694-739b-aea5-966c26f8ad90' })],
    ['an organisation that is none', () => signed({ ...claims, org: 'system' })],
    ['another session', () => signed({ ...claims, sid: '0190163d-8694-739b-aea5-966c26f8ad90' })],
    ['no session', () => signed({ ...claims, sid: undefined })],
    ['extensions that must be understood', critical],
    ['more than 8 KB', () => signed({ ...claims, padding: 'x'.repeat(8 * 1024) })],
    ['text', () => 'text'],
    ['an API key that is none', () => `cad_${'a'.repeat(12)}_${'b'.repeat(43)}`],
    ['a broken API key', () => 'cad_a_b'],
  ];

  test.each(CASES)('%s is refused, and nothing is fetched for it', async (_name, make) => {
    const token = await Promise.resolve(make()).catch(() => 'cannot.even.be made');
    expect(token).not.toBe('cannot.even.be made');
    const answer = await service.api.get(ME).set('Authorization', `Bearer ${token}`).expect(401);
    expect(answer.body.code).toBe('invalid_token');
    expect(answer.headers['www-authenticate']).toBe('Bearer error="invalid_token"');
    expect(fetched).toEqual([]);
  });

  test.each(['', 'Bearer', 'Bearer ', 'Basic YTpi', 'Token x', 'Bearer a b', 'Bearer ä'])(
    'the header "%s" is refused, also where nobody has to be anybody',
    async (Authorization) => {
      for (const path of [ME, '/api/v1/products', '/.well-known/jwks.json']) {
        const { body } = await service.api
          .get(path)
          .set({ Authorization: Buffer.from(Authorization).toString('latin1') })
          .expect(401);
        expect(body.code).toBe('invalid_token');
      }
    },
  );

  test('two kinds of credentials at a time are refused', async () => {
    const both = { Authorization: `Bearer ${good}`, 'X-Api-Key': `cad_${'a'.repeat(12)}_${'b'.repeat(43)}` };
    await service.api.get(ME).set(both).expect(401);
  });
});

describe('the keys that sign', () => {
  let clock: ManualClock;
  let fresh: FreshTable;
  let accounts: TestAccounts;
  beforeEach(async () => {
    clock = manualClock();
    fresh = await sqliteTable({ clock });
    accounts = await accountsOver(fresh.table, clock);
    await accounts.call('signUp', { body: { email: 'ada@example.org', password: 'correct horse battery' } });
  });
  afterEach(() => fresh.close());

  async function logIn(at = accounts): Promise<string> {
    const { body } = await at.call('logIn', {
      body: { email: 'ada@example.org', password: 'correct horse battery' },
    });
    return (body as { access_token: string }).access_token;
  }
  const kidOf = (token: string) => decoded(token.split('.')[0]!).kid as string;
  const isTaken = (token: string, at = accounts) =>
    Promise.resolve(at.authenticate({ authorization: `Bearer ${token}` })).then(
      () => true,
      () => false,
    );
  const published = async (at = accounts) => ((await at.call('getSigningKeys')).body as { keys: Jwk[] }).keys;

  test('are made once, however many start at the same time', async () => {
    const empty = await sqliteTable({ clock });
    const starts = await Promise.all([1, 2, 3].map(() => accountsOver(empty.table, clock)));
    const kids = starts.map(({ signingKeys }) => signingKeys.signer().kid);
    expect(new Set(kids).size).toBe(1);
    await empty.close();
  });

  test('are published without what signs', async () => {
    const { body, headers } = await accounts.call('getSigningKeys');
    expect(headers).toEqual({ 'Cache-Control': 'public, max-age=300' });
    const [key] = (body as { keys: Jwk[] }).keys;
    expect(Object.keys(key!).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
  });

  test('are replaced every 30 days: published first, then signing, and verifying until the last token is over', async () => {
    await clock.advance(29 * DAY);
    await accounts.tend();
    const old = kidOf(await logIn());
    expect(await published()).toHaveLength(1);
    await clock.advance(1 * DAY);
    await accounts.tend();
    expect(await published()).toHaveLength(2);
    expect(kidOf(await logIn())).toBe(old);
    await clock.advance(9 * MINUTE);
    const last = await logIn();
    expect(kidOf(last)).toBe(old);
    await clock.advance(1 * MINUTE);
    expect(kidOf(await logIn())).not.toBe(old);
    expect(await isTaken(last)).toBe(true);
    await clock.advance(59 * MINUTE);
    expect(await published()).toHaveLength(2);
    await clock.advance(2 * MINUTE);
    await accounts.tend();
    expect((await published()).map(({ kid }) => kid)).not.toContain(old);
    const { items } = await fresh.table.query({ pk: 'system#signing-keys', limit: 10 });
    expect(items).toHaveLength(1);
  });

  test('of another instance are asked for when one of its tokens comes, at most once a minute', async () => {
    const other = await accountsOver(fresh.table, clock);
    await other.signingKeys.rotate();
    await other.tend();
    await clock.advance(11 * MINUTE);
    const token = await logIn(other);
    let reads = 0;
    const counting = await accountsOver(
      {
        ...fresh.table,
        query(query) {
          if (query.pk.startsWith('system#signing')) reads++;
          return fresh.table.query(query);
        },
      },
      clock,
    );
    reads = 0;
    await counting.signingKeys.rotate();
    reads = 0;
    expect(await isTaken(token, accounts)).toBe(true);
    const unknown = [encode({ alg: 'EdDSA', kid: 'x', typ: 'at+jwt' }), encode({ sub: 'x' }), 'x'].join('.');
    for (let i = 0; i < 5; i++) expect(await isTaken(unknown, counting)).toBe(false);
    expect(reads).toBe(1);
    await clock.advance(MINUTE);
    expect(await isTaken(unknown, counting)).toBe(false);
    expect(reads).toBe(2);
  });

  test('that got out are replaced at once; sessions go on', async () => {
    const other = await accountsOver(fresh.table, clock);
    const { body } = await accounts.call('logIn', {
      body: { email: 'ada@example.org', password: 'correct horse battery' },
    });
    const { access_token, refresh_token } = body as { access_token: string; refresh_token: string };
    expect(await isTaken(access_token)).toBe(true);
    await other.signingKeys.rotate({ atOnce: true });
    await accounts.tend();
    expect(await isTaken(access_token)).toBe(false);
    const { body: next } = await accounts.call('refreshTokens', { body: { refresh_token } });
    const { access_token: token } = next as { access_token: string };
    expect(kidOf(token)).not.toBe(kidOf(access_token));
    expect(await isTaken(token, other)).toBe(true);
  });

  test('are not even asked for 100 KB', async () => {
    await expect(isTaken('x'.repeat(100_000))).resolves.toBe(false);
    const long = [encode({ alg: 'EdDSA', kid: 'y' }), encode({ sub: 'x'.repeat(100_000) }), 'x'].join('.');
    expect(await isTaken(long)).toBe(false);
  });

  test('may come from the settings: the first signs, all verify, and none is kept in the table', async () => {
    const jose = createJose();
    const [first, second] = [await jose.generate('first'), await jose.generate('second')];
    const tokens = { issuer: 'cadastre', audience: 'cadastre', seconds: 600, trusted: [] };
    const before = await accountsOver(fresh.table, clock, { tokens: { ...tokens, keys: [second] } });
    const after = await accountsOver(fresh.table, clock, { tokens: { ...tokens, keys: [first, second] } });
    const old = await logIn(before);
    expect(kidOf(await logIn(after))).toBe('first');
    expect(await isTaken(old, after)).toBe(true);
    expect(await isTaken(await logIn(after), before)).toBe(false);
    expect((await published(after)).map(({ kid }) => kid).sort()).toEqual(['first', 'second']);
    await expect(after.signingKeys.rotate()).rejects.toMatchObject({ code: 'keys_are_given' });
  });
});

test('a key from the settings may be of the curve P-256', async () => {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const keys = [{ ...(await exportJWK(privateKey)), kid: 'p256' }];
  const service = await startAccounts(sqliteTable, { env: { JWT_PRIVATE_KEYS: JSON.stringify({ keys }) } });
  const ada = await member(service.api, 'ada@example.org');
  expect(decoded(ada.Authorization.split(/[ .]/)[1]!)).toMatchObject({ alg: 'ES256', kid: 'p256' });
  await service.api.get(ME).set(only(ada)).expect(200);
  await service.api.get(ME).set(bearer(ada.tokens)).expect(200);
  await service.close();
});
