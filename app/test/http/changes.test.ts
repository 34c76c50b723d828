import { systemClock } from '../../src/kernel/ports.ts';
import { positionAt } from '../../src/table/changes/change.ts';
import { type Api, type Auth, administrator, startAccounts, userOf } from '../support/accounts.ts';
import { onEveryEdition } from '../support/every-edition.ts';

const PATH = '/api/v1/changes';

interface Page {
  readonly items: readonly Record<string, unknown>[];
  readonly next_cursor: string;
  readonly has_more: boolean;
}

onEveryEdition('the change log over HTTP', (factory) => {
  async function start(env: Record<string, string> = { CHANGE_LOG: 'on' }) {
    let ahead = 0;
    const clock = { ...systemClock, now: () => Date.now() + ahead };
    const service = await startAccounts(factory, { env, clock });
    const admin = await administrator(service);
    /** Goes to a time when all that was written is shown. */
    const settle = () => {
      ahead += 11_000;
    };
    return { ...service, admin, settle };
  }
  const read = async (api: Api, caller: Auth, query: object = {}): Promise<Page> =>
    (await api.get(PATH).set(caller).query(query).expect(200)).body;

  test('is followed from cursor to cursor, by type, and from its end', async () => {
    const { api, admin, settle, close } = await start();
    await api.post('/api/v1/entity-types').set(admin).send({ name: 'city' }).expect(201);
    const { body } = await api.post('/api/v1/entities/city').set(admin).send({}).expect(201);
    await api
      .post('/api/v1/products')
      .set(admin)
      .send({ sku: 's', name: 'n', price: 1, currency: 'EUR' })
      .expect(201);
    settle();
    const first = await read(api, admin, { limit: 2 });
    expect(first).toMatchObject({
      items: [
        { kind: 'type', change: 'created', type: 'city', version: 1, organisation: 'default' },
        {
          kind: 'entity',
          change: 'created',
          type: 'city',
          uuid: body.uuid,
          version: 1,
          organisation: 'default',
        },
      ],
      has_more: true,
    });
    const second = await read(api, admin, { after: first.next_cursor });
    expect(second.items).toMatchObject([{ type: 'products', change: 'created' }]);
    expect(second.has_more).toBe(false);
    expect((await read(api, admin, { types: 'people, products' })).items).toEqual(second.items);
    const now = await read(api, admin, { after: 'now' });
    expect(now).toMatchObject({ items: [], has_more: false });
    await api.delete(`/api/v1/entities/city/${body.uuid}`).set(admin).expect(204);
    settle();
    const gone = { change: 'deleted', uuid: body.uuid, version: 1 };
    expect((await read(api, admin, { after: now.next_cursor })).items).toMatchObject([gone]);
    expect((await read(api, admin, { after: second.next_cursor })).items).toMatchObject([gone]);
    const { text } = await api.get('/metrics').expect(200);
    expect(text).toMatch(/^changes_recorded_total 4$/m);
    await close();
  });

  test('is for who may read changes, of the own organisation', async () => {
    const { api, admin, settle, close } = await start();
    await api.post('/api/v1/people').set(admin).send(PERSON).expect(201);
    const other = (await api.post('/api/v1/organisations').set(admin).send({ name: 'Other' }).expect(201))
      .body.id;
    const stranger = await userOf(api, admin, { email: 'a@example.org', role: 'admin', organisation: other });
    await api.post('/api/v1/entity-types').set(stranger).send({ name: 'city' }).expect(201);
    settle();
    expect((await read(api, stranger)).items).toMatchObject([{ type: 'city', organisation: other }]);
    const { items, next_cursor: after } = await read(api, admin);
    expect(items).toMatchObject([{ type: 'people' }]);
    expect((await read(api, stranger, { after })).items).toEqual([]);
    const reader = await userOf(api, admin, { email: 'b@example.org', role: 'reader' });
    expect((await read(api, reader)).items).toEqual(items);
    const nobody = await userOf(api, admin, { email: 'c@example.org', role: 'none' });
    await api.get(PATH).set(nobody).expect(403);
    const key = { name: 'follower', scopes: ['changes:read'] };
    const made = (await api.post('/api/v1/api-keys').set(admin).send(key).expect(201)).body;
    const follower = { Authorization: `Bearer ${made.key}` };
    expect((await read(api, follower)).items).toEqual(items);
    await api.get('/api/v1/people').set(follower).expect(403);
    await close();
  });

  test('refuses what is no cursor, and one behind which changes may be gone', async () => {
    const { api, admin, close } = await start();
    for (const after of ['x', 'NOW', `${positionAt(0)}f`]) {
      const { body } = await api.get(PATH).set(admin).query({ after }).expect(400);
      expect(body).toMatchObject({ code: 'invalid_cursor', errors: [{ pointer: 'after' }] });
    }
    const { body } = await api
      .get(PATH)
      .set(admin)
      .query({ after: positionAt(0) })
      .expect(410);
    expect(body).toMatchObject({ code: 'cursor_expired', title: 'Gone' });
    await close();
  });

  test('says that there is none where nothing is recorded', async () => {
    const { api, admin, close } = await start({});
    const { body } = await api.get(PATH).set(admin).expect(404);
    expect(body).toMatchObject({ code: 'change_log_off' });
    await close();
  });
});

const PERSON = {
  person_name: 'Ada',
  person_surname: 'Sample',
  person_birthdate: '1990-01-01',
  person_address: '1 Sample Street',
};
