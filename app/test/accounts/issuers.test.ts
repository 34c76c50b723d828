import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { type AccountsService, administrator, startAccounts } from '../support/accounts.ts';
import { type OtherIssuer, startIssuer } from '../support/other-issuer.ts';
import { sqliteTable } from '../support/tables.ts';

const ME = '/api/v1/auth/me';
const ISSUER = 'https://issuer.example';

type Pair = Awaited<ReturnType<typeof generateKeyPair>>;

describe('a trusted issuer', () => {
  let issuer: OtherIssuer;
  let service: AccountsService;
  let pair: Pair;
  let organisation: string;

  const settings = (more: object = {}) => ({
    JWT_TRUSTED_ISSUERS: JSON.stringify([
      {
        issuer: ISSUER,
        jwks_url: issuer.url,
        audience: 'registry',
        organisation,
        role: 'none',
        role_claim: 'realm.roles',
        roles: { operators: 'clerk', writers: 'editor' },
        ...more,
      },
    ]),
  });

  beforeAll(async () => {
    issuer = await startIssuer();
    pair = await generateKeyPair('RS256');
    issuer.serve(200, { keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'rsa', alg: 'RS256' }] });
    service = await startAccounts(sqliteTable);
    const root = await administrator(service);
    const made = await service.api
      .post('/api/v1/organisations')
      .set(root)
      .send({ name: 'Partner' })
      .expect(201);
    organisation = made.body.id;
    const admin = {
      email: 'boss@example.org',
      password: 'a long enough password',
      role: 'admin',
      organisation,
    };
    await service.api.post('/api/v1/users').set(root).send(admin).expect(201);
    const { body } = await service.api
      .post('/api/v1/auth/login')
      .send(admin && { email: admin.email, password: admin.password })
      .expect(200);
    const clerk = { name: 'clerk', scopes: ['bonds:read'] };
    await service.api
      .post('/api/v1/roles')
      .set('Authorization', `Bearer ${body.access_token}`)
      .send(clerk)
      .expect(201);
  });
  afterAll(async () => {
    await service.close();
    await issuer.stop();
  });

  async function token(
    claims: Record<string, unknown> = {},
    header: Record<string, unknown> = {},
  ): Promise<string> {
    const body = {
      iss: ISSUER,
      aud: 'registry',
      sub: 'somebody',
      exp: Math.floor(Date.now() / 1000) + 60,
      ...claims,
    };
    return new SignJWT(body)
      .setProtectedHeader({ alg: 'RS256', kid: 'rsa', ...header })
      .sign(pair.privateKey);
  }

  const bearing = async (...of: Parameters<typeof token>) => ({
    Authorization: `Bearer ${await token(...of)}`,
  });

  test('vouches for callers of one organisation, with the role that its claim stands for', async () => {
    const api = await service.another(settings());
    const plain = await api
      .get(ME)
      .set(await bearing())
      .expect(200);
    expect(plain.body).toEqual({
      actor: `issuer:${ISSUER}:somebody`,
      organisation,
      role: 'none',
      scopes: [],
    });
    const writer = await api
      .get(ME)
      .set(await bearing({ realm: { roles: ['x', 'writers'] } }))
      .expect(200);
    expect(writer.body).toMatchObject({ role: 'editor' });
    const clerk = await api
      .get(ME)
      .set(await bearing({ 'realm.roles': 'operators' }, { typ: 'at+jwt' }))
      .expect(200);
    expect(clerk.body).toMatchObject({ role: 'clerk', scopes: ['bonds:read'] });
    const claimed = await api
      .get(ME)
      .set(await bearing({ realm: { roles: ['admin'] }, org: 'default', role: 'admin' }))
      .expect(200);
    expect(claimed.body).toMatchObject({ role: 'none', organisation });
    await api
      .get('/api/v1/bonds')
      .set(await bearing({ 'realm.roles': 'operators' }))
      .expect(200);
    await api
      .get('/api/v1/people')
      .set(await bearing({ 'realm.roles': 'operators' }))
      .expect(403);
  });

  test('vouches for nobody who has no account in what needs one', async () => {
    const api = await service.another(settings({ role: 'admin' }));
    await api
      .get('/api/v1/users')
      .set(await bearing())
      .expect(200);
    const key = { name: 'k', scopes: ['bonds:read'] };
    for (const call of [
      api.post('/api/v1/api-keys').send(key),
      api.patch(ME).send({ name: 'x' }),
      api.post('/api/v1/auth/logout'),
    ]) {
      expect((await call.set(await bearing()).expect(403)).body.code).toBe('session_required');
    }
  });

  test('is not taken at its word: audience, time, type, and the signature itself', async () => {
    const api = await service.another(settings());
    const other = await generateKeyPair('RS256');
    const forged = await new SignJWT({
      iss: ISSUER,
      aud: 'registry',
      sub: 'x',
      exp: Math.floor(Date.now() / 1000) + 60,
    })
      .setProtectedHeader({ alg: 'RS256', kid: 'rsa' })
      .sign(other.privateKey);
    const wrong = [
      await token({ aud: 'cadastre' }),
      await token({ exp: Math.floor(Date.now() / 1000) - 60 }),
      await token({ exp: undefined }),
      await token({ sub: undefined }),
      await token({ sub: 'x'.repeat(201) }),
      await token({ iss: 'https://other.example' }),
      await token({}, { typ: 'logout+jwt' }),
      await token({}, { kid: 'unknown' }),
      forged,
    ];
    for (const one of wrong) {
      const { body } = await api.get(ME).set('Authorization', `Bearer ${one}`).expect(401);
      expect(body.code).toBe('invalid_token');
    }
  });

  test('is asked for its keys once, and not for each key that it does not have', async () => {
    const api = await service.another(settings());
    const before = issuer.requests();
    for (let i = 0; i < 5; i++)
      await api
        .get(ME)
        .set(await bearing())
        .expect(200);
    for (let i = 0; i < 5; i++)
      await api
        .get(ME)
        .set(await bearing({}, { kid: `k${i}` }))
        .expect(401);
    expect(issuer.requests() - before).toBe(1);
  });

  test('that is out of order is not asked again and again, and is not blamed on the caller', async () => {
    for (const [status, body] of [
      [500, {}],
      [302, {}],
      [200, 'keys'],
    ] as const) {
      const api = await service.another(settings());
      const before = issuer.requests();
      issuer.serve(status, body);
      for (let i = 0; i < 3; i++) {
        const answer = await api
          .get(ME)
          .set(await bearing())
          .expect(503);
        expect(answer.body.code).toBe('issuer_unavailable');
      }
      if (status !== 200) expect(issuer.requests() - before).toBe(1);
      await api.get('/api/v1/bonds').expect(200);
    }
  });
});
