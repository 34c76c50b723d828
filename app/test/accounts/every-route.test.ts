import type supertest from 'supertest';
import { unavailable } from '../../src/table/failures.ts';
import type { Table } from '../../src/table/table.ts';
import {
  type AccountsService,
  type Api,
  type Auth,
  administrator,
  bearer,
  logIn,
  PASSWORD,
  startAccounts,
} from '../support/accounts.ts';
import { sqliteTable } from '../support/tables.ts';

/** What earlier calls made, by name; `id` fills the placeholders of paths. */
type Made = Record<string, string>;

type Send = (api: Api, made: Made) => supertest.Test;

const V1 = '/api/v1';
const credentials = { email: 'ada@example.org', password: PASSWORD };

/** One call for each success of the routes of accounts, in an order in which all succeed. */
const CALLS: readonly [operation: string, status: number, send: Send, keep?: readonly [string, string]][] = [
  ['signUp', 201, (api) => api.post(`${V1}/auth/signup`).send(credentials), ['ada', 'uuid']],
  ['logIn', 200, (api) => api.post(`${V1}/auth/login`).send(credentials), ['refresh', 'refresh_token']],
  [
    'refreshTokens',
    200,
    (api, { refresh }) => api.post(`${V1}/auth/refresh`).send({ refresh_token: refresh }),
  ],
  ['signUpCompat', 201, (api) => api.post('/signup').send({ ...credentials, email: 'bob@example.org' })],
  ['logInCompat', 200, (api) => api.post('/login').send(credentials)],
  ['getMe', 200, (api) => api.get(`${V1}/auth/me`)],
  ['changeMe', 200, (api) => api.patch(`${V1}/auth/me`).send({ name: 'Root' })],
  [
    'createUser',
    201,
    (api) => api.post(`${V1}/users`).send({ ...credentials, email: 'c@example.org', role: 'none' }),
    ['user', 'uuid'],
  ],
  ['listUsers', 200, (api) => api.get(`${V1}/users`)],
  ['getUser', 200, (api, { user }) => api.get(`${V1}/users/${user}`)],
  ['changeUser', 200, (api, { user }) => api.patch(`${V1}/users/${user}`).send({ name: 'Cleo' })],
  ['createGroup', 201, (api) => api.post(`${V1}/groups`).send({ name: 'Ops' }), ['group', 'uuid']],
  ['listGroups', 200, (api) => api.get(`${V1}/groups`)],
  ['getGroup', 200, (api, { group }) => api.get(`${V1}/groups/${group}`)],
  [
    'changeGroup',
    200,
    (api, { group }) => api.patch(`${V1}/groups/${group}`).send({ description: 'Operators' }),
  ],
  ['addMember', 204, (api, { group, user }) => api.put(`${V1}/groups/${group}/members/${user}`)],
  ['listMembers', 200, (api, { group }) => api.get(`${V1}/groups/${group}/members`)],
  ['removeMember', 204, (api, { group, user }) => api.delete(`${V1}/groups/${group}/members/${user}`)],
  ['deleteGroup', 204, (api, { group }) => api.delete(`${V1}/groups/${group}`)],
  ['deleteUser', 204, (api, { user }) => api.delete(`${V1}/users/${user}`)],
  ['createRole', 201, (api) => api.post(`${V1}/roles`).send({ name: 'clerk', scopes: ['bonds:read'] })],
  ['listRoles', 200, (api) => api.get(`${V1}/roles`)],
  ['getRole', 200, (api) => api.get(`${V1}/roles/clerk`)],
  ['changeRole', 200, (api) => api.patch(`${V1}/roles/clerk`).send({ description: 'Reads bonds' })],
  ['deleteRole', 204, (api) => api.delete(`${V1}/roles/clerk`)],
  [
    'createApiKey',
    201,
    (api) => api.post(`${V1}/api-keys`).send({ name: 'k', scopes: ['bonds:read'] }),
    ['key', 'id'],
  ],
  ['listApiKeys', 200, (api) => api.get(`${V1}/api-keys`)],
  ['getApiKey', 200, (api, { key }) => api.get(`${V1}/api-keys/${key}`)],
  ['deleteApiKey', 204, (api, { key }) => api.delete(`${V1}/api-keys/${key}`)],
  [
    'createOrganisation',
    201,
    (api) => api.post(`${V1}/organisations`).send({ name: 'Acme' }),
    ['acme', 'id'],
  ],
  ['listOrganisations', 200, (api) => api.get(`${V1}/organisations`)],
  ['getOrganisation', 200, (api, { acme }) => api.get(`${V1}/organisations/${acme}`)],
  [
    'changeOrganisation',
    200,
    (api, { acme }) => api.patch(`${V1}/organisations/${acme}`).send({ name: 'ACME' }),
  ],
  ['setFlag', 200, (api) => api.put(`${V1}/flags/x`).send({ enabled: true })],
  ['listFlags', 200, (api) => api.get(`${V1}/flags`)],
  ['getFlag', 200, (api) => api.get(`${V1}/flags/x`)],
  ['deleteFlag', 204, (api) => api.delete(`${V1}/flags/x`)],
  ['listAuditRecords', 200, (api) => api.get(`${V1}/audit-records`)],
  ['introspectToken', 200, (api, { refresh }) => api.post(`${V1}/auth/introspect`).send({ token: refresh })],
  ['revokeToken', 204, (api, { refresh }) => api.post(`${V1}/auth/revoke`).send({ token: refresh })],
  ['getSigningKeys', 200, (api) => api.get('/.well-known/jwks.json')],
];

/** Answers nothing once it is told to. */
function breakable(): { around: (table: Table) => Table; break: () => void } {
  let isBroken = false;
  const refuse = async () => {
    throw unavailable(new Error('out of reach'));
  };
  return {
    break() {
      isBroken = true;
    },
    around: (table) => ({
      get: (key) => (isBroken ? refuse() : table.get(key)),
      getMany: (keys) => (isBroken ? refuse() : table.getMany(keys)),
      query: (query) => (isBroken ? refuse() : table.query(query)),
      write: (actions) => (isBroken ? refuse() : table.write(actions)),
      close: () => table.close(),
    }),
  };
}

describe('every route of accounts', () => {
  let service: AccountsService;
  let root: Auth;
  const store = breakable();
  const made: Made = {};
  const seen = new Set<string>();

  beforeAll(async () => {
    service = await startAccounts(sqliteTable, { around: store.around });
    root = await administrator(service);
  });
  afterAll(() => service.close());

  const named = CALLS.map(([operation, status, send, keep]) => ({ operation, status, send, keep }));

  test.each(named)('$operation answers $status, as it describes it', async (one) => {
    const { operation, status, send, keep } = one;
    const { body } = await send(service.api, made).set(root).expect(status);
    if (keep) made[keep[0]] = body[keep[1]];
    seen.add(operation);
  });

  test('logOut answers 204, and what is not tried above belongs to others', async () => {
    const tokens = await logIn(service.api, credentials.email);
    await service.api.post(`${V1}/auth/logout`).set(bearer(tokens)).expect(204);
    const { body } = await service.api.get('/openapi.json').expect(200);
    const paths = Object.entries(body.paths as Record<string, Record<string, { operationId: string }>>);
    const ours = /auth|users|groups|roles|api-keys|organisations|flags|audit|signup|login|jwks/;
    const mine = paths.filter(([path]) => ours.test(path) && !path.includes('/entities/'));
    const operations = mine.flatMap(([, methods]) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
    expect(operations.filter((name) => !seen.has(name))).toEqual(['logOut']);
    expect(service.conformance.unseen().filter((name) => operations.includes(name.split(' ')[0]!))).toEqual(
      [],
    );
  });

  test('answers 503 with Retry-After while the store is out of reach', async () => {
    await service.api.get(`${V1}/auth/me`).set(root).expect(200);
    store.break();
    for (const [operation, , send] of CALLS) {
      if (operation === 'getSigningKeys') continue; // those it knows
      const { status, body, headers } = await send(service.api, made).set(root);
      const told = { operation, status, code: body.code, retry: headers['retry-after'] };
      expect(told).toEqual({ operation, status: 503, code: 'store_unavailable', retry: '1' });
    }
  });
});
