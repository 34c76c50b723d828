import {
  type AccountsService,
  type Auth,
  administrator,
  bearer,
  logIn,
  member,
  only,
  startAccounts,
  userOf,
} from '../support/accounts.ts';
import { onEveryEdition } from '../support/every-edition.ts';

const REVOKE = '/api/v1/auth/revoke';
const INTROSPECT = '/api/v1/auth/introspect';
const ME = '/api/v1/auth/me';

onEveryEdition('the end of tokens before their time', (factory) => {
  let service: AccountsService;
  let api: AccountsService['api'];
  let root: Auth;
  let email: string;
  let count = 0;

  beforeAll(async () => {
    service = await startAccounts(factory);
    api = service.api;
    root = await administrator(service);
  });
  beforeEach(async () => {
    email = `ada${++count}@example.org`;
    await member(api, email);
  });
  afterAll(() => service.close());

  const revoke = (token: string) => api.post(REVOKE).send({ token });
  const told = async (token: string, auth: Auth = root) =>
    (await api.post(INTROSPECT).set(auth).send({ token }).expect(200)).body;

  test.each(['access_token', 'refresh_token'] as const)(
    '204: an %s ends its whole session',
    async (which) => {
      const tokens = await logIn(api, email);
      const other = await logIn(api, email);
      expect(await told(tokens.access_token)).toMatchObject({ active: true, token_type: 'access_token' });
      await revoke(tokens[which]).expect(204);
      await api.get(ME).set(bearer(tokens)).expect(401);
      await api.post('/api/v1/auth/refresh').send({ refresh_token: tokens.refresh_token }).expect(401);
      for (const token of [tokens.access_token, tokens.refresh_token])
        expect(await told(token)).toEqual({ active: false });
      await api.get(ME).set(bearer(other)).expect(200);
    },
  );

  test('204: an API key goes for good, and a record of it stays', async () => {
    const tokens = await logIn(api, email);
    const expires_at = new Date(Date.now() + 60_000).toISOString();
    const input = { name: 'build', scopes: ['products:read'], expires_at };
    const { body } = await api.post('/api/v1/api-keys').set(bearer(tokens)).send(input).expect(201);
    expect(await told(body.key)).toEqual({
      active: true,
      token_type: 'api_key',
      sub: `key:${body.id}`,
      organisation: 'default',
      scope: 'products:read',
      exp: Math.floor(Date.parse(expires_at) / 1000),
    });
    await revoke(body.key).expect(204);
    await api.get(ME).set('X-Api-Key', body.key).expect(401);
    expect(await told(body.key)).toEqual({ active: false });
    const { body: audit } = await api.get('/api/v1/audit-records').set(root).expect(200);
    expect(audit.items[0]).toMatchObject({ action: 'api_key.delete', actor: `key:${body.id}` });
  });

  test('204: what is no good token is worthless already', async () => {
    const { refresh_token } = await logIn(api, email);
    const forged = `${refresh_token.slice(0, -3)}AAA`;
    for (const token of ['x', 'cad_000000000000_x', forged, refresh_token.replace('cadr_', '')]) {
      await revoke(token).expect(204);
      expect(await told(token)).toEqual({ active: false });
    }
    expect(await told(refresh_token)).toMatchObject({ active: true, token_type: 'refresh_token' });
  });

  test('200: a session tells for whom it is, what it allows and until when', async () => {
    const { access_token } = await logIn(api, email);
    const { body: me } = await api
      .get(ME)
      .set({ Authorization: `Bearer ${access_token}` })
      .expect(200);
    const { exp, ...rest } = await told(access_token);
    expect(rest).toEqual({
      active: true,
      token_type: 'access_token',
      sub: me.actor,
      organisation: 'default',
      scope: me.scopes.join(' '),
    });
    expect(exp * 1000).toBeGreaterThan(Date.now());
  });

  test('a token of another organisation is told as one that is not good', async () => {
    const { body: acme } = await api
      .post('/api/v1/organisations')
      .set(root)
      .send({ name: `Acme ${count}` })
      .expect(201);
    const input = { email: `eve${count}@example.org`, role: 'admin', organisation: acme.id };
    const other = only(await userOf(api, root, input));
    const { access_token, refresh_token } = await logIn(api, email);
    for (const token of [access_token, refresh_token]) {
      expect(await told(token, other)).toEqual({ active: false });
    }
    expect(await told(other.Authorization.slice('Bearer '.length))).toEqual({ active: false });
  });

  test('400, 401, 403, 422: a token must be given, and who asks about one has signed in and may', async () => {
    expect((await api.post(REVOKE).send({}).expect(422)).body.errors).toEqual([
      expect.objectContaining({ pointer: '/token', code: 'required' }),
    ]);
    await api.post(REVOKE).send({ token: 'x', more: 1 }).expect(400);
    await api.post(INTROSPECT).send({ token: 'x' }).expect(401);
    const { access_token } = await logIn(api, email);
    const ada = { Authorization: `Bearer ${access_token}` };
    const scopes = { name: 'k', scopes: ['products:read'] };
    const { body } = await api.post('/api/v1/api-keys').set(ada).send(scopes).expect(201);
    await api.post(INTROSPECT).set('X-Api-Key', body.key).send({ token: 'x' }).expect(403);
  });
});
