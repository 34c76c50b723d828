import {
  type AccountsService,
  type Auth,
  administrator,
  member,
  only,
  startAccounts,
  userOf,
} from '../support/accounts.ts';
import { onEveryEdition } from '../support/every-edition.ts';

const NODES = '/api/v1/entities/node';
const GROUPS = '/api/v1/groups';
const NOBODY = '0190163d-8694-739b-aea5-966c26f8ad90';
const TYPE = {
  name: 'node',
  fields: [{ name: 'n', type: 'integer' }],
  links: [
    { relation: 'near', to: 'node', inverse: 'near' },
    { relation: 'part_of', to: 'node', inverse: 'parts', on_delete: 'cascade' },
  ],
};

type Person = Auth & { readonly uuid: string };

onEveryEdition('what has owners', (factory) => {
  let service: AccountsService;
  let api: AccountsService['api'];
  let root: Auth;
  let ada: Person;
  let bob: Person;
  /** Ada's alone. */
  let group: string;

  beforeAll(async () => {
    service = await startAccounts(factory);
    api = service.api;
    root = await administrator(service);
    ada = await member(api, 'ada@example.org');
    bob = await member(api, 'bob@example.org');
    await api.post('/api/v1/entity-types').set(root).send(TYPE).expect(201);
    group = (await api.post(GROUPS).set(root).send({ name: 'Ops' }).expect(201)).body.uuid;
    await api.put(`${GROUPS}/${group}/members/${ada.uuid}`).set(root).expect(204);
  });
  afterAll(() => service.close());

  async function create(body: object = {}): Promise<string> {
    return (await api.post(NODES).set(root).send(body).expect(201)).body.uuid;
  }
  const owned = (owners: object = { groups: [group] }) => create({ owners });
  const at = (uuid: string, more = '') => `${NODES}/${uuid}${more}`;
  const own = (uuid: string, kind: string, owner: string) =>
    api.put(at(uuid, `/owners/${kind}/${owner}`)).set(root);
  let count = 0;
  const patch = (uuid: string, who?: Auth) =>
    api
      .patch(at(uuid))
      .set(who ? only(who) : {})
      .send({ fields: { n: ++count } });
  const upload = (who: Auth, row: object) =>
    api
      .post(`${NODES}/upload`)
      .set(only(who))
      .set('Content-Type', 'application/json')
      .send([row])
      .expect(200);

  test('a group: its members may change it, nobody else, but for who manages owners', async () => {
    const uuid = await create();
    const { body } = await own(uuid, 'groups', group).expect(200);
    expect(body.owners).toEqual({ users: [], groups: [group], organisations: [] });
    await patch(uuid, ada).expect(200);
    expect((await patch(uuid, bob).expect(403)).body.code).toBe('not_an_owner');
    await patch(uuid).expect(403);
    await patch(uuid, root).expect(200);
    await api.put(`${GROUPS}/${group}/members/${bob.uuid}`).set(root).expect(204);
    await patch(uuid, bob).expect(200);
    await api.delete(`${GROUPS}/${group}/members/${bob.uuid}`).set(root).expect(204);
    await patch(uuid, bob).expect(403);
  });

  test('an organisation: everybody who has an account there, and nobody without', async () => {
    const uuid = await create();
    await own(uuid, 'organisations', 'default').expect(200);
    await patch(uuid, ada).expect(200);
    await patch(uuid, bob).expect(200);
    expect((await patch(uuid).expect(403)).body.code).toBe('not_an_owner');
    await own(uuid, 'users', ada.uuid).expect(200);
    await api.delete(at(uuid, '/owners/organisations/default')).set(only(ada)).expect(200);
    await patch(uuid, bob).expect(403);
    await patch(uuid, ada).expect(200);
  });

  test('422: owners that the organisation does not have', async () => {
    const { body: acme } = await api
      .post('/api/v1/organisations')
      .set(root)
      .send({ name: 'Acme' })
      .expect(201);
    const boss = await userOf(api, root, { email: 'boss@example.org', role: 'admin', organisation: acme.id });
    const foreign = await api.post(GROUPS).set(only(boss)).send({ name: 'Ops' }).expect(201);
    const uuid = await create();
    for (const [kind, owner] of [
      ['users', NOBODY],
      ['users', boss.uuid],
      ['users', group],
      ['groups', NOBODY],
      ['groups', foreign.body.uuid],
      ['groups', ada.uuid],
      ['organisations', NOBODY],
      ['organisations', acme.id],
    ] as const) {
      const wrong = { pointer: `/owners/${kind}/0`, code: 'unknown_owner' };
      expect((await own(uuid, kind, owner).expect(422)).body.errors).toMatchObject([wrong]);
      const owners = { [kind]: [owner] };
      expect((await api.post(NODES).set(root).send({ owners }).expect(422)).body.errors).toMatchObject([
        wrong,
      ]);
      expect((await upload(root, { owners })).body).toMatchObject({
        created: 0,
        errors: [{ line: 1, code: 'unknown_owner' }],
      });
    }
    await own(uuid, 'robots', NOBODY).expect(400);
    expect((await api.get(at(uuid)).expect(200)).body.version).toBe(1);
  });

  test('403: who does not own it neither links it nor takes a link away', async () => {
    const [uuid, other] = [await owned(), await create()];
    const link = (who: Auth, to = other) =>
      api.post(at(uuid, '/links')).set(only(who)).send({ relation: 'near', type: 'node', uuid: to });
    const unlink = (who: Auth) => api.delete(at(uuid, `/links/near/${other}`)).set(only(who));
    expect((await link(bob).expect(403)).body.code).toBe('not_an_owner');
    expect((await api.get(at(uuid)).expect(200)).body.links).toEqual([]);
    await link(ada).expect(201);
    expect((await unlink(bob).expect(403)).body.code).toBe('not_an_owner');
    expect((await api.get(at(uuid)).expect(200)).body.links).toHaveLength(1);
    await unlink(ada).expect(204);
    await link(root).expect(201);
    await unlink(root).expect(204);
  });

  test('a row of an upload is refused as the change of one record is', async () => {
    const uuid = await owned();
    const { body: before } = await api.get(at(uuid)).expect(200);
    for (const row of [
      { uuid, fields: { n: 5 } },
      { uuid, tags: ['x'] },
      { uuid, owners: { users: [bob.uuid] } },
      { uuid, links: [{ relation: 'near', type: 'node', uuid: await create() }] },
    ]) {
      expect((await upload(bob, row)).body).toMatchObject({
        updated: 0,
        failed: 1,
        errors: [{ line: 1, code: 'not_an_owner' }],
      });
    }
    expect((await upload(ada, { uuid, owners: {} })).body).toMatchObject({
      updated: 0,
      errors: [{ line: 1, code: 'last_owner' }],
    });
    expect((await api.get(at(uuid)).expect(200)).body).toEqual(before);
    const row = { uuid, fields: { n: 5 }, owners: before.owners };
    expect((await upload(ada, row)).body).toMatchObject({ updated: 1, failed: 0 });
    // Those that are gone meanwhile may stay: only new ones must exist.
    const { body: gone } = await api.post(GROUPS).set(root).send({ name: 'Gone' }).expect(201);
    await own(uuid, 'groups', gone.uuid).expect(200);
    await api.delete(`${GROUPS}/${gone.uuid}`).set(root).expect(204);
    const { body: now } = await api.get(at(uuid)).expect(200);
    const same = { uuid, fields: { n: 6 }, owners: now.owners };
    expect((await upload(ada, same)).body).toMatchObject({ updated: 1, failed: 0 });
  });

  test('409: the last owner stays, however it would go', async () => {
    const uuid = await owned();
    const [groups, users] = [[group], [ada.uuid]];
    for (const call of [
      api.patch(at(uuid)).send({ owners: { groups: [] } }),
      api.patch(at(uuid)).send({ owners: null }),
      api.put(at(uuid)).send({ fields: {} }),
      api.put(at(uuid)).send({ fields: {}, owners: {} }),
      api.put(at(uuid)).send({ fields: {}, owners: { users: [] } }),
      api.delete(at(uuid, `/owners/groups/${group}`)),
    ]) {
      expect((await call.set(only(ada)).expect(409)).body.code).toBe('last_owner');
    }
    await api
      .patch(at(uuid))
      .set(only(ada))
      .send({ owners: { groups: [], users } })
      .expect(200);
    const { body } = await api
      .put(at(uuid))
      .set(only(ada))
      .send({ fields: {}, owners: { groups } })
      .expect(200);
    expect(body.owners).toEqual({ users: [], groups, organisations: [] });
  });

  test('403: a deletion that would take along what another owns takes nothing', async () => {
    const under = (uuid: string) => [{ relation: 'part_of', type: 'node', uuid }];
    const top = await create();
    const middle = await create({ links: under(top) });
    const leaf = await create({ links: under(middle), owners: { groups: [group] } });
    const remove = (who: Auth) => api.delete(at(top)).set(only(who));
    expect((await remove(bob).expect(403)).body.code).toBe('not_an_owner');
    for (const uuid of [top, middle, leaf]) await api.get(at(uuid)).expect(200);
    await remove(ada).expect(204);
    for (const uuid of [top, middle, leaf]) await api.get(at(uuid)).expect(404);
  });
});
