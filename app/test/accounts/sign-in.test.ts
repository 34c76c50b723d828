import {
  type AccountsService,
  bearer,
  logIn,
  member,
  only,
  PASSWORD,
  startAccounts,
} from '../support/accounts.ts';
import { onEveryEdition } from '../support/every-edition.ts';

const SIGN_UP = '/api/v1/auth/signup';
const LOG_IN = '/api/v1/auth/login';
const REFRESH = '/api/v1/auth/refresh';
const LOG_OUT = '/api/v1/auth/logout';
const ME = '/api/v1/auth/me';

onEveryEdition('sign-in', (factory) => {
  let service: AccountsService;
  let count = 0;
  /** Somebody new in each test. */
  let ADA: string;
  beforeAll(async () => {
    service = await startAccounts(factory);
  });
  beforeEach(() => {
    ADA = `ada${++count}@example.org`;
  });
  afterAll(() => service.close());

  test('signs up, logs in, says who it is, refreshes and logs out', async () => {
    const { api } = service;
    const made = await api.post(SIGN_UP).send({ email: ADA, password: PASSWORD, name: 'Ada' }).expect(201);
    expect(made.body).toEqual({
      uuid: expect.any(String),
      email: ADA,
      name: 'Ada',
      role: 'editor',
      groups: [],
      disabled: false,
      organisation: 'default',
      version: 1,
      created_at: expect.any(String),
      updated_at: expect.any(String),
    });
    expect(made.headers.location).toBe(`/api/v1/users/${made.body.uuid}`);
    const answer = await api.post(LOG_IN).send({ email: ADA.toUpperCase(), password: PASSWORD }).expect(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.body).toMatchObject({ token_type: 'Bearer', expires_in: 600 });
    const me = await api.get(ME).set(bearer(answer.body)).expect(200);
    expect(me.body).toMatchObject({
      email: ADA,
      actor: `user:${made.body.uuid}`,
      scopes: ['*:read', '*:write'],
    });
    const { body: next } = await api
      .post(REFRESH)
      .send({ refresh_token: answer.body.refresh_token })
      .expect(200);
    expect(next.refresh_token).not.toBe(answer.body.refresh_token);
    await api.get(ME).set(bearer(next)).expect(200);
    await api.post(LOG_OUT).set(bearer(next)).expect(204);
    for (const tokens of [answer.body, next]) await api.get(ME).set(bearer(tokens)).expect(401);
    const refused = await api.post(REFRESH).send({ refresh_token: next.refresh_token }).expect(401);
    expect(refused.body.code).toBe('invalid_token');
  });

  test('the old paths do the same', async () => {
    const { api } = service;
    await api.post('/signup').send({ email: ADA, password: PASSWORD }).expect(201);
    const { body } = await api.post('/login/').send({ email: ADA, password: PASSWORD }).expect(200);
    await api.get(ME).set(bearer(body)).expect(200);
  });

  test.each([SIGN_UP, '/signup'])('422: %s takes no password that is easily guessed', async (path) => {
    const { api } = service;
    for (const [password, code] of [
      ['short', 'too_short'],
      ['x'.repeat(11), 'too_short'],
      ['x'.repeat(201), 'too_long'],
      [ADA, 'weak_password'],
      [undefined, 'required'],
      [1234567890123, 'invalid_type'],
    ]) {
      const { body } = await api.post(path).send({ email: ADA, password }).expect(422);
      expect(body.errors).toMatchObject([{ pointer: '/password', code }]);
    }
    await api.post(LOG_IN).send({ email: ADA, password: ADA }).expect(401);
    await api.post(path).send({ email: ADA, password: PASSWORD }).expect(201);
  });

  test('of a hundred who sign up with one address at the same time one gets it', async () => {
    const { api, table } = service;
    const spellings = [ADA, ADA.toUpperCase(), `ａ${ADA.slice(1)}`];
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        api.post(SIGN_UP).send({ email: spellings[i % 3], password: PASSWORD }),
      ),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses.filter((status) => status === 409)).toHaveLength(99);
    const { uuid } = answers.find(({ status }) => status === 201)!.body;
    const { items } = await table.query({ pk: 'default#users', limit: 100 });
    const users = await table.getMany(items.map(({ sk }) => ({ pk: `default#user#${sk}`, sk: 'user' })));
    expect(users.filter((user) => spellings.includes(String(user?.email))).map((user) => user?.uuid)).toEqual(
      [uuid],
    );
  });

  test('a log-out bites at once, also on another instance that had just let the caller in', async () => {
    const { api } = service;
    const ada = await member(api, ADA);
    const other = await service.another();
    await other.get(ME).set(only(ada)).expect(200);
    await api.post(LOG_OUT).set(only(ada)).expect(204);
    await other.get(ME).set(only(ada)).expect(401);
  });

  test('a used refresh token ends the session, for the thief as for the owner', async () => {
    const { api } = service;
    const { tokens } = await member(api, ADA);
    const { body: second } = await api
      .post(REFRESH)
      .send({ refresh_token: tokens.refresh_token })
      .expect(200);
    const { body: third } = await api.post(REFRESH).send({ refresh_token: second.refresh_token }).expect(200);
    await api.post(REFRESH).send({ refresh_token: tokens.refresh_token }).expect(401);
    await api.get(ME).set(bearer(third)).expect(401);
    await api.post(REFRESH).send({ refresh_token: third.refresh_token }).expect(401);
  });

  test('a refresh that is repeated at once, or sent twice at the same time, gives the same token', async () => {
    const { api } = service;
    const { tokens } = await member(api, ADA);
    const twins = await Promise.all(
      [1, 2, 3].map(() => api.post(REFRESH).send({ refresh_token: tokens.refresh_token }).expect(200)),
    );
    const again = await api.post(REFRESH).send({ refresh_token: tokens.refresh_token }).expect(200);
    expect(new Set([...twins, again].map(({ body }) => body.refresh_token)).size).toBe(1);
    await api.post(REFRESH).send({ refresh_token: again.body.refresh_token }).expect(200);
  });

  test('a new password needs the current one and ends the other sessions', async () => {
    const { api } = service;
    const ada = await member(api, ADA);
    const elsewhere = await logIn(api, ADA);
    const change = { password: 'another long password', current_password: PASSWORD };
    const wrong = { ...change, current_password: 'wrong wrong wrong' };
    expect((await api.patch(ME).set(only(ada)).send(wrong).expect(422)).body.errors).toMatchObject([
      { pointer: '/current_password', code: 'wrong_password' },
    ]);
    const bare = { password: change.password };
    expect((await api.patch(ME).set(only(ada)).send(bare).expect(422)).body.code).toBe('required');
    await api.get(ME).set(bearer(elsewhere)).expect(200);
    await api.patch(ME).set(only(ada)).send(change).expect(200);
    await api.get(ME).set(only(ada)).expect(200);
    await api.get(ME).set(bearer(elsewhere)).expect(401);
    await api.post(LOG_IN).send({ email: ADA, password: PASSWORD }).expect(401);
    await logIn(api, ADA, change.password);
  });

  test('the own name is changed under the tag that is current', async () => {
    const { api } = service;
    const ada = await member(api, ADA);
    const { headers } = await api.get(ME).set(only(ada)).expect(200);
    const etag = headers.etag!;
    await api.get(ME).set(only(ada)).set('If-None-Match', etag).expect(304);
    const changed = await api
      .patch(ME)
      .set(only(ada))
      .set('If-Match', etag)
      .send({ name: 'Ada' })
      .expect(200);
    expect(changed.body).toMatchObject({ name: 'Ada', version: 2 });
    await api.patch(ME).set(only(ada)).set('If-Match', etag).send({ name: 'Eve' }).expect(412);
    await api.patch(ME).set(only(ada)).send({ role: 'admin' }).expect(400);
  });

  test('nothing but the credentials of somebody opens what needs somebody', async () => {
    const { api } = service;
    for (const call of [api.get(ME), api.patch(ME).send({}), api.post(LOG_OUT)]) {
      const { body, headers } = await call.expect(401);
      expect(body.code).toBe('unauthenticated');
      expect(headers['www-authenticate']).toBe('Bearer');
    }
  });

  test('many log-ins at once all succeed, and the oldest sessions make room', async () => {
    const { api } = service;
    const ada = await member(api, ADA);
    for (let i = 0; i < 3; i++) await Promise.all(Array.from({ length: 4 }, () => logIn(api, ADA)));
    for (let i = 0; i < 8; i++) await logIn(api, ADA);
    await api.get(ME).set(only(ada)).expect(401);
    const { items } = await service.table.query({ pk: `default#user#${ada.uuid}`, limit: 100 });
    expect(items.filter(({ kind }) => kind === 'session')).toHaveLength(20);
  });
});
