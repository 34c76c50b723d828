import {
  type AccountsService,
  type Auth,
  administrator,
  member,
  only,
  startAccounts,
  userOf,
} from '../support/accounts.ts';
import { accountsOver } from '../support/accounts-over.ts';
import { eventually } from '../support/eventually.ts';
import { onEveryEdition } from '../support/every-edition.ts';
import { manualClock } from '../support/manual-clock.ts';
import { sqliteTable } from '../support/tables.ts';

const KEYS = '/api/v1/api-keys';
const ME = '/api/v1/auth/me';
const PRODUCTS = '/api/v1/products';

onEveryEdition('API keys', (factory) => {
  let service: AccountsService;
  let api: AccountsService['api'];
  let root: Auth;
  let ada: Auth & { uuid: string };
  let count = 0;

  beforeAll(async () => {
    service = await startAccounts(factory);
    api = service.api;
    root = await administrator(service);
  });
  beforeEach(async () => {
    ada = await member(api, `ada${++count}@example.org`);
  });
  afterAll(() => service.close());

  const newKey = async (input: object = {}, auth: Auth = ada) =>
    (
      await api
        .post(KEYS)
        .set(only(auth))
        .send({ name: 'k', scopes: ['products:read'], ...input })
        .expect(201)
    ).body;

  test('are shown once, listed without what opens, and revoked', async () => {
    const answer = await api
      .post(KEYS)
      .set(only(ada))
      .send({ name: 'ci', scopes: ['products:read'], expires_at: '2100-01-01T01:00:00+01:00' })
      .expect(201);
    const { key, ...shown } = answer.body;
    expect(key).toMatch(/^cad_[0-9a-z]{12}_[\w-]{43}$/);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(shown).toEqual({
      id: key.split('_')[1],
      name: 'ci',
      scopes: ['products:read'],
      user: ada.uuid,
      expires_at: '2100-01-01T00:00:00.000Z',
      created_by: `user:${ada.uuid}`,
      created_at: expect.any(String),
      last_used_at: null,
    });
    const { body } = await api.get(KEYS).set(only(ada)).expect(200);
    expect(body.items).toEqual([shown]);
    const read = await api.get(`${KEYS}/${shown.id}`).set(only(ada)).expect(200);
    expect(read.body).toEqual(shown);
    const { items } = await service.table.query({ pk: `default#user#${ada.uuid}`, limit: 10 });
    expect(JSON.stringify(items)).not.toContain(key.slice(17));
    await api.delete(`${KEYS}/${shown.id}`).set(only(ada)).expect(204);
    await api.delete(`${KEYS}/${shown.id}`).set(only(ada)).expect(404);
    expect((await api.get(KEYS).set(only(ada)).expect(200)).body.items).toEqual([]);
  });

  test('act for their user within their scopes, in either header', async () => {
    const { key, id } = await newKey({ scopes: ['products:read', 'bonds:write'] });
    for (const headers of [{ Authorization: `Bearer ${key}` }, { 'X-Api-Key': key }]) {
      const me = await api.get(ME).set(headers).expect(200);
      expect(me.body).toMatchObject({
        actor: `key:${id}`,
        uuid: ada.uuid,
        role: 'editor',
        within: ['products:read', 'bonds:write'],
      });
      await api.get(PRODUCTS).set(headers).expect(200);
      const refused = await api.post(PRODUCTS).set(headers).send({}).expect(403);
      const challenge = 'Bearer error="insufficient_scope", scope="products:write"';
      expect(refused.headers['www-authenticate']).toBe(challenge);
      await api.get('/api/v1/people').set(headers).expect(403);
    }
  });

  test('allow no more than their user may do now, and nothing when the user is shut out', async () => {
    const boss = await userOf(api, root, { email: `boss${count}@example.org`, role: 'admin' });
    const { key } = await newKey({ scopes: ['*:*'] }, boss);
    const other = await service.another();
    const headers = { 'X-Api-Key': key };
    await other.get('/api/v1/users').set(headers).expect(200);
    await api.patch(`/api/v1/users/${boss.uuid}`).set(root).send({ role: 'reader' }).expect(200);
    await other.get('/api/v1/users').set(headers).expect(403);
    await other.get(PRODUCTS).set(headers).expect(200);
    await api.patch(`/api/v1/users/${boss.uuid}`).set(root).send({ disabled: true }).expect(200);
    await other.get(PRODUCTS).set(headers).expect(401);
    await api.delete(`/api/v1/users/${boss.uuid}`).set(root).expect(204);
    const { body } = await api.get(KEYS).query({ limit: 1000 }).set(root).expect(200);
    expect(body.items.some(({ user }: { user: string }) => user === boss.uuid)).toBe(false);
  });

  test('are revoked at once, on every instance', async () => {
    const { key, id } = await newKey();
    const other = await service.another();
    await other.get(PRODUCTS).set('X-Api-Key', key).expect(200);
    await api.delete(`${KEYS}/${id}`).set(only(ada)).expect(204);
    await other.get(PRODUCTS).set('X-Api-Key', key).expect(401);
  });

  test('of others are as good as none, but for who manages users', async () => {
    const { id } = await newKey();
    const eve = await member(api, `eve${count}@example.org`);
    await api.get(`${KEYS}/${id}`).set(only(eve)).expect(404);
    await api.delete(`${KEYS}/${id}`).set(only(eve)).expect(404);
    expect((await api.get(KEYS).set(only(eve)).expect(200)).body.items).toEqual([]);
    const made = await api
      .post('/api/v1/organisations')
      .set(root)
      .send({ name: `Org ${count}` })
      .expect(201);
    const input = { email: `far${count}@example.org`, role: 'admin', organisation: made.body.id };
    const far = await userOf(api, root, input);
    await api.delete(`${KEYS}/${id}`).set(only(far)).expect(404);
    const { body } = await api.get(KEYS).query({ limit: 1000 }).set(root).expect(200);
    expect(body.items.map((key: { id: string }) => key.id)).toContain(id);
    await api.delete(`${KEYS}/${id}`).set(root).expect(204);
  });

  test('are for less than or as much as their maker may do, and tell what is wrong with them', async () => {
    const refusals: [object, number, string][] = [
      [{ scopes: ['products:admin'] }, 403, 'beyond_own_rights'],
      [{ scopes: ['*:*'] }, 403, 'beyond_own_rights'],
      [{ scopes: ['produkts:read'] }, 422, 'unknown_scope'],
      [{ scopes: ['products:sell'] }, 422, 'invalid_scope'],
      [{ scopes: [] }, 422, 'too_few_items'],
      [{ expires_at: '2020-01-01T00:00:00Z' }, 422, 'in_the_past'],
      [{ expires_at: '2100-13-45T00:00:00Z' }, 422, 'in_the_past'],
      [{ expires_at: 'tomorrow' }, 422, 'invalid_timestamp'],
      [{ user: ada.uuid }, 400, 'unknown_field'],
    ];
    for (const [more, status, code] of refusals) {
      const body = { name: 'k', scopes: ['products:read'], ...more };
      const answer = await api.post(KEYS).set(only(ada)).send(body);
      expect({ more, status: answer.status, code: answer.body.code }).toEqual({ more, status, code });
    }
    await api.get(KEYS).expect(401);
    await api
      .post(KEYS)
      .send({ name: 'k', scopes: ['products:read'] })
      .expect(401);
  });

  test('make no keys, end themselves, and nothing else of their user', async () => {
    const { key, id } = await newKey();
    const { id: second } = await newKey();
    const headers = { 'X-Api-Key': key };
    const calls = [
      api
        .post(KEYS)
        .set(headers)
        .send({ name: 'k', scopes: ['products:read'] }),
      api.delete(`${KEYS}/${second}`).set(headers),
      api.patch(ME).set(headers).send({ name: 'x' }),
      api.post('/api/v1/auth/logout').set(headers),
    ];
    for (const call of calls) expect((await call.expect(403)).body.code).toBe('session_required');
    await api.delete(`${KEYS}/${id}`).set(headers).expect(204);
    await api.get(ME).set(headers).expect(401);
  });

  test('are made once for one Idempotency-Key, and the second answer does not show the key', async () => {
    const send = () =>
      api
        .post(KEYS)
        .set(only(ada))
        .set('Idempotency-Key', 'once')
        .send({ name: 'k', scopes: ['products:read'] })
        .expect(201);
    const first = await send();
    const second = await send();
    expect(second.headers['idempotency-replayed']).toBe('true');
    const { key, ...rest } = first.body;
    expect(key).toBeDefined();
    expect(second.body).toEqual(rest);
    expect((await api.get(KEYS).set(only(ada)).expect(200)).body.items).toHaveLength(1);
  });

  test('are fifteen at most', async () => {
    for (let i = 0; i < 15; i++) await newKey();
    const more = { name: 'k', scopes: ['products:read'] };
    expect((await api.post(KEYS).set(only(ada)).send(more).expect(409)).body.code).toBe('too_many_keys');
    const page = await api.get(KEYS).query({ limit: 10 }).set(only(ada)).expect(200);
    const rest = await api.get(KEYS).query({ cursor: page.body.next_cursor }).set(only(ada)).expect(200);
    expect([...page.body.items, ...rest.body.items]).toHaveLength(15);
  });

  test('say when they were last used', async () => {
    const { key, id } = await newKey();
    await api.get(PRODUCTS).set('X-Api-Key', key).expect(200);
    await eventually(async () => {
      const { body } = await api.get(`${KEYS}/${id}`).set(only(ada)).expect(200);
      return typeof body.last_used_at === 'string';
    });
  });
});

describe('an API key over time', () => {
  test('expires, and its use is written at most once a minute by all instances together', async () => {
    const clock = manualClock();
    const fresh = await sqliteTable({ clock });
    let writes = 0;
    const table = {
      ...fresh.table,
      async write(actions: Parameters<typeof fresh.table.write>[0]) {
        if (actions[0]?.type === 'update' && 'last_used_at' in (actions[0].set ?? {})) writes++;
        return fresh.table.write(actions);
      },
    };
    const [one, two] = [await accountsOver(table, clock), await accountsOver(table, clock)];
    const { body } = await one.call('signUp', {
      body: { email: 'ada@example.org', password: 'a long enough password' },
    });
    const { uuid } = body as { uuid: string };
    const expires_at = new Date(clock.now() + 600_000).toISOString();
    const input = { name: 'k', scopes: ['products:read'], expires_at };
    const { key } = await one.apiKeys.make({ id: 'cli', requestId: undefined }, 'default', uuid, input);
    const use = async (at: typeof one) => {
      const actor = await at.authenticate({ 'x-api-key': key });
      await at.close();
      return actor;
    };
    for (const at of [one, two, one, two])
      expect(await use(at)).toMatchObject({ user: uuid, within: ['products:read'] });
    expect(writes).toBe(1);
    await clock.advance(61_000);
    for (const at of [two, one, two, one]) await use(at);
    expect(writes).toBe(2);
    await clock.advance(538_000);
    await use(one);
    await clock.advance(1_000);
    await expect(use(one)).rejects.toMatchObject({ code: 'invalid_token' });
    const wrong = `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`;
    await expect(one.authenticate({ 'x-api-key': wrong })).rejects.toMatchObject({ code: 'invalid_token' });
    await fresh.close();
  });
});
