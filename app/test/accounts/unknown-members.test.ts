import {
  type AccountsService,
  type Auth,
  administrator,
  logIn,
  only,
  PASSWORD,
  startAccounts,
  userOf,
} from '../support/accounts.ts';
import { sqliteTable } from '../support/tables.ts';

const NOBODY = '0190163d-8694-739b-aea5-966c26f8ad90';
/** What a caller might try to say of a record, for which there is no place in the body. */
const EXTRAS: Readonly<Record<string, unknown>> = {
  role: 'admin',
  organisation: NOBODY,
  organisation_id: NOBODY,
  version: 7,
  uuid: NOBODY,
  id: NOBODY,
  owner: NOBODY,
  built_in: true,
  created_at: '2026-01-01T00:00:00Z',
  user: NOBODY,
  surprise: 1,
};

interface Target {
  readonly name: string;
  readonly method: 'post' | 'put' | 'patch';
  readonly path: string;
  readonly body: object;
  /** Members that belong there. */
  readonly known?: readonly string[];
}

describe('400: members that a body has no place for', () => {
  let service: AccountsService;
  let root: Auth;
  let boss: Auth & { uuid: string };
  let made: { group: string; key: string; organisation: string; entity: string };

  beforeAll(async () => {
    service = await startAccounts(sqliteTable);
    const { api } = service;
    root = await administrator(service);
    boss = await userOf(api, root, { email: 'boss@example.org', role: 'admin' });
    const create = async (path: string, body: object) =>
      (await api.post(path).set(only(boss)).send(body).expect(201)).body;
    await create('/api/v1/roles', { name: 'clerk', scopes: ['bonds:read'] });
    await create('/api/v1/entity-types', { name: 'thing', fields: [{ name: 'n', type: 'integer' }] });
    made = {
      group: (await create('/api/v1/groups', { name: 'Ops' })).uuid,
      key: (await create('/api/v1/api-keys', { name: 'k', scopes: ['bonds:read'] })).id,
      organisation: (await api.post('/api/v1/organisations').set(root).send({ name: 'Acme' })).body.id,
      entity: (await create('/api/v1/entities/thing', { fields: { n: 1 } })).uuid,
    };
  });
  afterAll(() => service.close());

  const targets = (): Target[] => [
    {
      name: 'sign-up',
      method: 'post',
      path: '/api/v1/auth/signup',
      body: { email: 'new@example.org', password: PASSWORD },
    },
    {
      name: 'sign-up at the old path',
      method: 'post',
      path: '/signup',
      body: { email: 'new@example.org', password: PASSWORD },
    },
    {
      name: 'log-in',
      method: 'post',
      path: '/api/v1/auth/login',
      body: { email: 'boss@example.org', password: PASSWORD },
    },
    { name: 'the own account', method: 'patch', path: '/api/v1/auth/me', body: { name: 'Boss' } },
    {
      name: 'a new user',
      method: 'post',
      path: '/api/v1/users',
      body: { email: 'new@example.org', password: PASSWORD, role: 'none' },
      known: ['role', 'organisation'],
    },
    {
      name: 'a user',
      method: 'patch',
      path: `/api/v1/users/${boss.uuid}`,
      body: { name: 'Boss' },
      known: ['role'],
    },
    { name: 'a new group', method: 'post', path: '/api/v1/groups', body: { name: 'New' } },
    { name: 'a group', method: 'patch', path: `/api/v1/groups/${made.group}`, body: { name: 'Renamed' } },
    {
      name: 'a new role',
      method: 'post',
      path: '/api/v1/roles',
      body: { name: 'new', scopes: ['bonds:read'] },
    },
    { name: 'a role', method: 'patch', path: '/api/v1/roles/clerk', body: { description: 'New' } },
    { name: 'a new organisation', method: 'post', path: '/api/v1/organisations', body: { name: 'New' } },
    {
      name: 'an organisation',
      method: 'patch',
      path: `/api/v1/organisations/${made.organisation}`,
      body: { name: 'Renamed' },
    },
    {
      name: 'a new API key',
      method: 'post',
      path: '/api/v1/api-keys',
      body: { name: 'new', scopes: ['bonds:read'] },
    },
    {
      name: 'an entity in place of another',
      method: 'put',
      path: `/api/v1/entities/thing/${made.entity}`,
      body: { fields: { n: 2 } },
    },
    {
      name: 'a change of an entity',
      method: 'patch',
      path: `/api/v1/entities/thing/${made.entity}`,
      body: { fields: { n: 2 } },
    },
    {
      name: 'an entity under a uuid',
      method: 'post',
      path: `/entity/thing/${NOBODY}`,
      body: { fields: { n: 2 } },
    },
    {
      name: 'a change of a type',
      method: 'patch',
      path: '/api/v1/entity-types/thing',
      body: { tags: ['x'] },
    },
  ];

  test('are refused by every resource, and nothing is written', async () => {
    const { api } = service;
    // Organisations are the business of who looks after all of them.
    const who = (path: string) => (path.includes('/organisations') ? root : only(boss));
    const send = ({ method, path }: Target, body: object) => api[method](path).set(who(path)).send(body);
    for (const target of targets()) {
      const { name, body, known = [] } = target;
      for (const [extra, value] of Object.entries(EXTRAS)) {
        if (known.includes(extra)) continue;
        const answer = await send(target, { ...body, [extra]: value });
        expect({ name, extra, status: answer.status, code: answer.body.code }).toEqual({
          name,
          extra,
          status: 400,
          code: 'unknown_field',
        });
        expect(answer.body.errors).toMatchObject([{ pointer: `/${extra}`, code: 'unknown_field' }]);
      }
    }
    const { body: entity } = await api
      .get(`/api/v1/entities/thing/${made.entity}`)
      .set(only(boss))
      .expect(200);
    expect(entity).toMatchObject({ fields: { n: 1 }, version: 1 });
    await api.get(`/api/v1/entities/thing/${NOBODY}`).set(only(boss)).expect(404);
    await api.post('/api/v1/auth/login').send({ email: 'new@example.org', password: PASSWORD }).expect(401);
    // Without them each of the bodies is a good one.
    for (const target of targets()) {
      if (target.path === '/signup' || target.path === '/api/v1/users') continue; // the address is taken by then
      const { status } = await send(target, target.body);
      expect({ name: target.name, isGood: status >= 200 && status < 300 }).toEqual({
        name: target.name,
        isGood: true,
      });
    }
    const { access_token } = await logIn(api, 'new@example.org');
    const me = await api.get('/api/v1/auth/me').set('Authorization', `Bearer ${access_token}`).expect(200);
    expect(me.body).toMatchObject({ role: 'editor', organisation: 'default' });
  });
});
