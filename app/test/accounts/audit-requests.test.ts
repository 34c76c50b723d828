import type { Test } from 'supertest';
import { type Auth, logIn, only, PASSWORD, type Tokens } from '../support/accounts.ts';
import { type Acme, address, GROUPS, ORGANISATIONS, ROLES, startAcme, USERS } from '../support/acme.ts';
import { onEveryEdition } from '../support/every-edition.ts';

const RECORDS = '/api/v1/audit-records';
const KEYS = '/api/v1/api-keys';

interface AuditRecord {
  readonly action: string;
  readonly target: string;
  readonly request_id?: string;
}

onEveryEdition('audit records and the requests that caused them', (factory) => {
  let acme: Acme;
  let api: Acme['service']['api'];
  let root: Auth;
  beforeEach(async () => {
    acme = await startAcme(factory);
    api = acme.service.api;
    root = only(acme.root);
  });
  afterEach(() => acme.service.close());

  async function records(query: object = {}): Promise<AuditRecord[]> {
    const { body } = await api.get(RECORDS).query(query).set(root).expect(200);
    return body.items;
  }

  /** Does something as an administrator, and sees to it that the newest record names the request that did it. */
  async function done(action: string, request: Test) {
    const answer = await request.set(root);
    expect({ action, ok: answer.ok }).toEqual({ action, ok: true });
    await expectNewest(action, answer);
    return answer;
  }

  async function expectNewest(action: string, { headers }: { headers: Record<string, string> }) {
    const [newest] = await records({ limit: 1 });
    expect(newest).toMatchObject({ action, request_id: headers['x-request-id'] });
  }

  test('every change of accounts and flags', async () => {
    const input = { email: address(), password: PASSWORD, role: 'none' };
    const user = `${USERS}/${(await done('user.create', api.post(USERS).send(input))).body.uuid}`;
    await done('user.change', api.patch(user).send({ name: 'Ada' }));
    await done('user.change_password', api.patch(user).send({ password: `${PASSWORD} 2` }));

    const group = `${GROUPS}/${(await done('group.create', api.post(GROUPS).send({ name: 'A' }))).body.uuid}`;
    const member = `${group}/members/${user.slice(USERS.length + 1)}`;
    await done('group.change', api.patch(group).send({ name: 'B' }));
    await done('group.add_member', api.put(member));
    await done('group.remove_member', api.delete(member));
    await done('group.delete', api.delete(group));
    await done('user.delete', api.delete(user));

    await done('role.create', api.post(ROLES).send({ name: 'clerk', scopes: ['bonds:read'] }));
    await done('role.change', api.patch(`${ROLES}/clerk`).send({ description: 'Reads.' }));
    await done('role.delete', api.delete(`${ROLES}/clerk`));

    const made = await done('organisation.create', api.post(ORGANISATIONS).send({ name: 'New' }));
    await done('organisation.change', api.patch(`${ORGANISATIONS}/${made.body.id}`).send({ name: 'Newer' }));

    const flag = '/api/v1/flags/new-search';
    await done('flag.create', api.put(flag).send({ enabled: true }));
    await done('flag.change', api.put(flag).send({ enabled: false }));
    await done('flag.delete', api.delete(flag));
  });

  test('API keys, also when whoever has one ends it', async () => {
    const scopes = ['products:read'];
    const first = await done('api_key.create', api.post(KEYS).send({ name: 'a', scopes }));
    await done('api_key.delete', api.delete(`${KEYS}/${first.body.id}`));
    const { body } = await api.post(KEYS).set(root).send({ name: 'b', scopes }).expect(201);
    const revoked = await api.post('/api/v1/auth/revoke').send({ token: body.key }).expect(204);
    await expectNewest('api_key.delete', revoked);
  });

  test('what people do at the door and to their own account', async () => {
    const email = address();
    const signedUp = await api.post('/api/v1/auth/signup').send({ email, password: PASSWORD }).expect(201);
    await expectNewest('user.sign_up', signedUp);
    const { access_token } = await logIn(api, email);
    const change = (body: object) =>
      api.patch('/api/v1/auth/me').set('Authorization', `Bearer ${access_token}`).send(body).expect(200);
    await expectNewest('user.change', await change({ name: 'Ada' }));
    const password = `${PASSWORD} 2`;
    await expectNewest('user.change_password', await change({ password, current_password: PASSWORD }));
  });

  test('what the service itself does on account of a request', async () => {
    const email = address();
    await api.post('/api/v1/auth/signup').send({ email, password: PASSWORD }).expect(201);
    const wrong = () => api.post('/api/v1/auth/login').send({ email, password: 'wrong' }).expect(401);
    const refresh = ({ refresh_token }: Tokens, status: number) =>
      api.post('/api/v1/auth/refresh').send({ refresh_token }).expect(status);
    const first = await logIn(api, email);
    const second: Tokens = (await refresh(first, 200)).body;
    await refresh(second, 200);
    await expectNewest('session.reuse', await refresh(first, 401));
    for (let i = 0; i < 4; i++) await wrong();
    await expectNewest('user.lock', await wrong());
  });

  test('name the id that the caller chose, as far as it is one that the answer and the log name', async () => {
    const create = (name: string, id: string) => api.post(GROUPS).set('X-Request-Id', id).send({ name });
    const chosen = await done('group.create', create('A', 'ticket-4711'));
    expect(chosen.headers['x-request-id']).toBe('ticket-4711');
    const replaced = await done('group.create', create('B', 'not one, with blanks'));
    expect(replaced.headers['x-request-id']).toMatch(/^[\da-f-]{36}$/);
  });

  test('a repeated request is no second change: the record names the first', async () => {
    const create = () => api.post(GROUPS).set('Idempotency-Key', 'key-1').send({ name: 'Once' });
    const first = await done('group.create', create());
    const second = await create().set(root).expect(201);
    expect(second.headers['x-request-id']).not.toBe(first.headers['x-request-id']);
    await expectNewest('group.create', first);
  });

  test('none where no request did it, nor where the record is older than the member', async () => {
    const all = await records();
    expect(all.find(({ target }) => target === 'organisation:default')).not.toHaveProperty('request_id');
    const firstUser = all.filter(({ action }) => action === 'user.create').at(-1);
    expect(firstUser).toMatchObject({ actor: 'system' });
    expect(firstUser).not.toHaveProperty('request_id');

    const { table } = acme.service;
    const newest = 'ffffffff-ffff-7fff-8fff-ffffffffffff';
    const pk = `default#audit#${new Date().toISOString().slice(0, 7)}`;
    const { items } = await table.query({ pk, reverse: true, limit: 1 });
    const { request_id, ...older } = items[0]!;
    expect(request_id).toMatch(/./);
    await table.write([{ type: 'put', item: { ...older, sk: newest } }]);
    const [read] = await records({ limit: 1 });
    expect(read).toMatchObject({ uuid: newest, action: older.action });
    expect(read).not.toHaveProperty('request_id');
  });
});
