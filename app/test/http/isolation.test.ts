import type supertest from 'supertest';
import { grants, ROLE_SCOPES, type Role } from '../../src/kernel/actor.ts';
import { PASSWORD } from '../support/accounts.ts';
import { onEveryEdition } from '../support/every-edition.ts';
import { bondOf, personOf, subscriberOf } from '../support/record-scenario.ts';
import { startService, type TestService } from '../support/service.ts';

type Header = Readonly<Record<string, string>>;
type Api = TestService['api'];

const ROLES = ['admin', 'editor', 'reader', 'none'] as const;
/** What exists in one world, and in the other does not. */
const SECRET = 'Secret-of-another-organisation';
const UUID = '77777777-7777-4777-8777-777777777777';
const OTHER_UUID = '88888888-8888-4888-8888-888888888888';

interface OperationObject {
  readonly operationId: string;
  readonly 'x-permission': string;
  readonly requestBody?: { readonly content: Readonly<Record<string, unknown>> };
}

interface Target {
  readonly operation: string;
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  readonly path: string;
  readonly permission: string;
  readonly type: string | undefined;
}

/** Values for the parameters of any path: the names of what the default organisation has. */
const PARAMETERS: Readonly<Record<string, string>> = {
  type: 'secret',
  name: 'secret',
  uuid: UUID,
  to: OTHER_UUID,
  relation: 'near',
  bond_id: 'IDSECRET',
  sid: 'secret',
  kind: 'users',
  id: 'default',
  user: UUID,
};

/** Bodies that are good enough to come as far as the record. */
function bodyFor({ operation, path }: Target): object {
  if (/Subscriber/.test(operation)) return subscriberOf('secret');
  if (/Bond/.test(operation)) return bondOf('SECRET');
  if (/Person/.test(operation)) return personOf(SECRET);
  if (/createLink/.test(operation)) return { relation: 'near', type: 'secret', uuid: OTHER_UUID };
  if (/startDownload/.test(operation)) return {};
  if (path.includes('/entities/') || path.startsWith('/entity/')) return { fields: { name: SECRET } };
  return {};
}

function targetsOf(paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>): Target[] {
  return Object.entries(paths).flatMap(([pattern, operations]) =>
    Object.entries(operations).map(([method, described]) => ({
      operation: described.operationId,
      method: method as Target['method'],
      path: pattern.replace(/\{(\w+)\}/g, (_, name: string) => PARAMETERS[name] ?? UUID),
      permission: described['x-permission'],
      type: Object.keys(described.requestBody?.content ?? {})[0],
    })),
  );
}

function send(api: Api, target: Target, caller: Header): supertest.Test {
  const call = api[target.method](target.path).set(caller);
  if (target.operation === 'findBondsCompat') call.query({ account_id: 'HOSTSECRET' });
  if (target.operation === 'findPeopleCompat') call.query({ person_surname: 'Sample' });
  if (target.type === undefined) return call;
  const text = target.path.endsWith('/upload') ? '[]' : JSON.stringify(bodyFor(target));
  return call.set('Content-Type', target.type).send(text);
}

/** An answer without what differs each time: ids, times, counts of time. */
function sameness({ status, headers, text }: supertest.Response): string {
  const told = [status, headers['content-type'], headers['www-authenticate'], headers.allow, text].join('\n');
  return told
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'UUID')
    .replace(/"(trace_id|etag|next_cursor|x|kid)":"[^"]*"/g, '"$1":"..."')
    .replace(/\d{4}-\d{2}-\d{2}T[\d:.]+Z/g, 'TIME')
    .replace(/ETag is [^ ]+/g, 'ETag is ...');
}

/** Fills the default organisation with one of everything that has a name or a uuid of its choice. */
async function fill(api: Api, admin: Header): Promise<void> {
  const type = {
    name: 'secret',
    fields: [{ name: 'name', type: 'string', unique: true }],
    links: [{ relation: 'near', to: 'secret', inverse: 'near' }],
  };
  await api.post('/api/v1/entity-types').set(admin).send(type).expect(201);
  for (const [uuid, name] of [
    [UUID, SECRET],
    [OTHER_UUID, `${SECRET}-2`],
  ]) {
    const entity = api.put(`/api/v1/entities/secret/${uuid}`).set(admin).set('If-None-Match', '*');
    await entity.send({ fields: { name }, tags: ['secret'] }).expect(201);
  }
  const links = `/api/v1/entities/secret/${UUID}/links`;
  await api.post(links).set(admin).send({ relation: 'near', type: 'secret', uuid: OTHER_UUID }).expect(201);
  const bond = bondOf('SECRET', { subscribers: { secret: subscriberOf('secret') } });
  await api.post('/api/v1/bonds').set(admin).send(bond).expect(201);
  const person = api.put(`/api/v1/people/${UUID}`.replace(/7/g, '9')).set(admin).set('If-None-Match', '*');
  await person.send(personOf(SECRET)).expect(201);
  const product = { sku: SECRET, name: SECRET, price: 1, currency: 'EUR' };
  await api.post('/api/v1/products').set(admin).send(product).expect(201);
}

/** Another organisation with a user of each role; answers their headers. */
async function settle(api: Api, admin: Header): Promise<Record<string, Header>> {
  const organisation = await api.post('/api/v1/organisations').set(admin).send({ name: 'Other' }).expect(201);
  const callers: Record<string, Header> = {};
  for (const role of ROLES) {
    const email = `${role}@example.com`;
    const user = { email, password: PASSWORD, role, organisation: organisation.body.id };
    await api.post('/api/v1/users').set(admin).send(user).expect(201);
    const { body } = await api.post('/api/v1/auth/login').send({ email, password: PASSWORD }).expect(200);
    callers[role] = { Authorization: `Bearer ${body.access_token}` };
  }
  return callers;
}

const READS = [
  '/api/v1/entity-types/secret',
  `/api/v1/entities/secret/${UUID}`,
  '/api/v1/entities/secret/search?fields=name^="Secret"',
  '/api/v1/bonds/IDSECRET',
  '/api/v1/products',
  '/api/v1/people?person_surname=Sample',
];

async function snapshot(api: Api, admin: Header): Promise<string[]> {
  const all: string[] = [];
  for (const path of READS) all.push((await api.get(path).set(admin).expect(200)).text);
  return all;
}

onEveryEdition('organisations', (factory) => {
  test('nobody can tell from the answers to any route what another organisation has', async () => {
    // Limits count by the minute, and both worlds would have to be asked in the same one.
    const start = () => startService(factory, { CHANGE_LOG: 'on', RATE_LIMIT_SIGN_IN: '0' });
    const [full, empty] = [await start(), await start()];
    const owners = [await full.administrator(), await empty.administrator()] as const;
    await fill(full.api, owners[0]);
    const before = await snapshot(full.api, owners[0]);
    const strangers = [await settle(full.api, owners[0]), await settle(empty.api, owners[1])] as const;
    const { body: document } = await full.api.get('/openapi.json').expect(200);
    // What the service says of itself, and what ends the session of who asks.
    const asked = targetsOf(document.paths).filter(
      ({ path, operation }) =>
        !/^\/(status|readyz|livez|metrics|docs|openapi)/.test(path) && !/^(logOut|changeMe)/.test(operation),
    );
    expect(asked.length).toBeGreaterThan(100);
    for (const role of ROLES) {
      for (const target of asked) {
        const there = await send(full.api, target, strangers[0][role]!);
        const nowhere = await send(empty.api, target, strangers[1][role]!);
        expect({ role, ...target, answer: sameness(there) }).toEqual({
          role,
          ...target,
          answer: sameness(nowhere),
        });
        expect(there.status).toBeLessThan(500);
      }
    }
    expect(await snapshot(full.api, owners[0])).toEqual(before);
    await full.close();
    await empty.close();
  }, 120_000);

  test('every route refuses a role without its permission, and no other', async () => {
    const service = await startService(factory);
    const callers = await settle(service.api, await service.administrator());
    const { body: document } = await service.api.get('/openapi.json').expect(200);
    for (const target of targetsOf(document.paths)) {
      expect(target.permission).toMatch(/^(public|signed_in|[a-z_]+:(read|write|admin))$/);
      if (/^(logOut|changeMe|deleteEntity|signUp)/.test(target.operation)) continue;
      for (const role of ROLES) {
        const isOpen = target.permission === 'public' || target.permission === 'signed_in';
        const isAllowed = isOpen || grants(ROLE_SCOPES[role as Role], target.permission);
        const { status, text, headers } = await send(service.api, target, callers[role]!);
        const isRefused = status === 403 && text.includes('needs the permission');
        expect({ ...target, role, isRefused }).toEqual({ ...target, role, isRefused: !isAllowed });
        if (isRefused && text.includes('"code"')) {
          expect(headers['www-authenticate']).toContain('error="insufficient_scope", scope="');
        }
      }
      if (!['public', 'signed_in'].includes(target.permission)) continue;
      const anonymous = await send(service.api, target, {});
      expect({
        ...target,
        refused: anonymous.status === 401 && target.permission === 'public',
      }).toMatchObject({
        refused: /^(logIn|refreshTokens)/.test(target.operation) ? anonymous.status === 401 : false,
      });
    }
    await service.close();
  }, 120_000);

  test('tags, cursors and keys of another organisation are worth nothing', async () => {
    const service = await startService(factory);
    const { api } = service;
    const admin = await service.administrator();
    await fill(api, admin);
    const editor = (await settle(api, admin)).editor!;
    await api.post('/api/v1/entity-types').set(editor).send({ name: 'secret', fields: [] }).expect(201);
    const entity = `/api/v1/entities/secret/${UUID}`;
    const { headers } = await api.get(entity).set(admin).expect(200);
    await api.get(entity).set(editor).set('If-None-Match', String(headers.etag)).expect(404);
    await api.delete(entity).set(editor).set('If-Match', String(headers.etag)).expect(404);
    const page = await api.get('/api/v1/entities/secret').query({ limit: 1 }).set(admin).expect(200);
    const { next_cursor: cursor } = page.body;
    const stolen = await api
      .get('/api/v1/entities/secret')
      .query({ limit: 1, cursor })
      .set(editor)
      .expect(400);
    expect(stolen.body.code).toBe('invalid_cursor');
    const create = (caller: Header) =>
      api.post('/api/v1/people').set(caller).set('Idempotency-Key', 'same').send(personOf('Ada'));
    const [first, second] = [await create(admin).expect(201), await create(editor).expect(201)];
    expect(second.body.uuid).not.toBe(first.body.uuid);
    expect(second.headers['idempotency-replayed']).toBeUndefined();
    const link = { relation: 'contacts', type: 'people', uuid: first.body.uuid };
    await api
      .post('/api/v1/entities/bonds')
      .set(editor)
      .send({ fields: bondOf(1), links: [link] })
      .expect(422);
    await service.close();
  });
});
