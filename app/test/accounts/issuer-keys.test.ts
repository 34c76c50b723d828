import { createHmac } from 'node:crypto';
import { exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { type AccountsService, startAccounts } from '../support/accounts.ts';
import { type OtherIssuer, startIssuer } from '../support/other-issuer.ts';
import { sqliteTable } from '../support/tables.ts';

const ME = '/api/v1/auth/me';
const ISSUER = 'https://issuer.example';
const ALGORITHMS = ['EdDSA', 'ES256', 'ES384', 'PS256', 'RS256'] as const;

interface Key {
  readonly alg: string;
  readonly kid: string;
  readonly privateKey: Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];
  readonly publicKey: Awaited<ReturnType<typeof generateKeyPair>>['publicKey'];
}

const realNow = Date.now;
const seconds = () => Math.floor(Date.now() / 1000);
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const claims = (more: JWTPayload = {}): JWTPayload => ({
  iss: ISSUER,
  aud: 'registry',
  sub: 'somebody',
  exp: seconds() + 60,
  ...more,
});

async function newKey(alg: string, kid = alg): Promise<Key> {
  return { alg, kid, ...(await generateKeyPair(alg, { extractable: true })) };
}

const signed = ({ alg, kid, privateKey }: Key, more: JWTPayload = {}, header: object = {}) =>
  new SignJWT(claims(more)).setProtectedHeader({ alg, kid, ...header }).sign(privateKey);

describe('keys of a trusted issuer', () => {
  let issuer: OtherIssuer;
  /** Nobody whom the settings name. */
  let elsewhere: OtherIssuer;
  let service: AccountsService;
  let keys: Key[];

  beforeAll(async () => {
    keys = await Promise.all(ALGORITHMS.map((alg) => newKey(alg)));
    issuer = await startIssuer();
    elsewhere = await startIssuer();
    await publish(keys);
    service = await startAccounts(sqliteTable, { env: settings() });
  });
  afterEach(() => {
    Date.now = realNow;
  });
  afterAll(async () => {
    await service.close();
    await issuer.stop();
    await elsewhere.stop();
  });

  async function publish(published: readonly Key[]): Promise<void> {
    const all = published.map(async ({ alg, kid, publicKey }) => ({
      ...(await exportJWK(publicKey)),
      alg,
      kid,
    }));
    issuer.serve(200, { keys: await Promise.all(all) });
  }

  const settings = () => ({
    JWT_TRUSTED_ISSUERS: JSON.stringify([
      { issuer: ISSUER, jwks_url: issuer.url, audience: 'registry', organisation: 'default', role: 'reader' },
    ]),
  });
  const ask = (token: string, api = service.api) => api.get(ME).set('Authorization', `Bearer ${token}`);

  test.each(ALGORITHMS)('a signature by %s is taken', async (alg) => {
    const key = keys.find((one) => one.alg === alg)!;
    const { body } = await ask(await signed(key)).expect(200);
    expect(body).toMatchObject({ actor: `issuer:${ISSUER}:somebody`, role: 'reader' });
  });

  /** What a verifier that lets the token choose would take: the issuer's public key as the secret of an HMAC. */
  async function confused(key: Key): Promise<string> {
    const text = `${encode({ alg: 'HS256', kid: key.kid })}.${encode(claims())}`;
    const secret = await exportSPKI(key.publicKey);
    return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
  }

  test('what the issuer did not sign is refused, and no other address is asked for keys', async () => {
    const stranger = await newKey('EdDSA', 'stranger');
    elsewhere.serve(200, {
      keys: [{ ...(await exportJWK(stranger.publicKey)), alg: 'EdDSA', kid: 'stranger' }],
    });
    const [key] = keys as [Key];
    const jwk = await exportJWK(stranger.publicKey);
    await ask(await signed(key)).expect(200);
    const before = issuer.requests();
    for (const token of [
      `${encode({ alg: 'none', kid: key.kid })}.${encode(claims())}.`,
      `${encode({ alg: 'none' })}.${encode(claims())}.`,
      await confused(key),
      await confused(keys.at(-1)!),
      await signed(stranger, {}, { jku: elsewhere.url }),
      await signed(stranger, {}, { kid: key.kid, jku: elsewhere.url }),
      await signed(stranger, {}, { jwk }),
      await signed(key, { nbf: seconds() + 60 }),
      // The name of a key for one algorithm on a signature by another.
      await signed({ ...key, kid: 'RS256' }),
    ]) {
      const { body } = await ask(token).expect(401);
      expect(body.code).toBe('invalid_token');
    }
    expect([elsewhere.requests(), issuer.requests() - before]).toEqual([0, 0]);
  });

  test('a new key is asked for when its first token comes, but at most once a minute', async () => {
    const api = await service.another(settings());
    const before = issuer.requests();
    const asked = () => issuer.requests() - before;
    await ask(await signed(keys[0]!), api).expect(200);
    const next = await newKey('EdDSA', 'next');
    await publish([...keys, next]);
    await ask(await signed(next), api).expect(401);
    expect(asked()).toBe(1);
    Date.now = () => realNow() + 61_000;
    await ask(await signed(next), api).expect(200);
    await ask(await signed(keys[0]!), api).expect(200);
    expect(asked()).toBe(2);
    for (const kid of ['a', 'b', 'c']) await ask(await signed(next, {}, { kid }), api).expect(401);
    expect(asked()).toBe(2);
  });

  test('a key that the issuer took back is good for ten minutes at most', async () => {
    const api = await service.another(settings());
    const old = await newKey('EdDSA', 'old');
    await publish([...keys, old]);
    await ask(await signed(old), api).expect(200);
    await publish(keys);
    Date.now = () => realNow() + 601_000;
    await ask(await signed(old), api).expect(401);
    await ask(await signed(keys[0]!), api).expect(200);
  });
});
