import { PASSWORD } from '../support/accounts.ts';
import { onEveryEdition } from '../support/every-edition.ts';
import { bondOf, personOf } from '../support/record-scenario.ts';
import { startService, type TestService } from '../support/service.ts';
import { MEDIA_TYPES } from '../support/transfers.ts';

type Header = Readonly<Record<string, string>>;

const TYPE = {
  name: 'thing',
  fields: [{ name: 'n', type: 'integer', indexed: true }],
  links: [{ relation: 'near', to: 'thing', inverse: 'near' }],
};
const THINGS = '/api/v1/entities/thing';
const MISSING = '0190163d-8694-739b-aea5-966c26f8ad90';

/** Two organisations that have the same types, and one of each record of their own. */
onEveryEdition('the records of two organisations', (factory) => {
  let service: TestService;
  let api: TestService['api'];
  /** Of the default organisation, and of the other one. */
  let ours: Header;
  let theirs: Header;
  let foreign: string;
  let own: string;

  beforeAll(async () => {
    service = await startService(factory);
    api = service.api;
    ours = await service.administrator();
    const other = await api.post('/api/v1/organisations').set(ours).send({ name: 'Other' }).expect(201);
    const user = {
      email: 'boss@example.org',
      password: PASSWORD,
      role: 'admin',
      organisation: other.body.id,
    };
    await api.post('/api/v1/users').set(ours).send(user).expect(201);
    const { email, password } = user;
    const { body } = await api.post('/api/v1/auth/login').send({ email, password }).expect(200);
    theirs = { Authorization: `Bearer ${body.access_token}` };
    for (const who of [ours, theirs]) await api.post('/api/v1/entity-types').set(who).send(TYPE).expect(201);
    foreign = await thing(ours, 1);
    own = await thing(theirs, 2);
  });
  afterAll(() => service.close());

  async function thing(who: Header, n: number): Promise<string> {
    return (await api.post(THINGS).set(who).send({ fields: { n } }).expect(201)).body.uuid;
  }

  /** An answer without what differs each time, and without the id that it was asked for. */
  const told = ({ status, text }: { status: number; text: string }, id: string) => [
    status,
    text
      .replaceAll(id, 'ID')
      .replace(/"(request_id|trace_id|next_cursor)":"[^"]*"/g, '')
      .replace(/\d{4}-\d{2}-\d{2}T[\d:.]+Z/g, 'TIME'),
  ];

  test('a condition that names a record of another finds what one of nobody finds', async () => {
    for (const ask of [
      (id: string) => api.get(THINGS).query({ uuids: id }),
      (id: string) => api.get(THINGS).query({ uuids: `${id},${own}` }),
      (id: string) => api.get(THINGS).query({ links: id }),
      (id: string) => api.get(THINGS).query({ links: `near:${id}` }),
      (id: string) => api.get('/entity/thing/search/').query({ uuids: id, links: id, fields: 'n>0' }),
      (id: string) => api.get(`${THINGS}/search`).query({ uuids: id, sort: 'n', explain: true }),
      (id: string) => api.get(`${THINGS}/search`).query({ links: id, explain: true }),
      (id: string) => api.post(`${THINGS}/search`).send({ uuids: [id, own] }),
      (id: string) => api.post(`${THINGS}/search`).send({ links: [{ relation: 'near', uuid: id }] }),
      (id: string) => api.get(`${THINGS}/download`).query({ uuids: id }),
      (id: string) => api.get(`${THINGS}/download`).query({ links: id }),
    ]) {
      const answer = await ask(foreign).set(theirs).buffer(true);
      expect(answer.status).toBe(200);
      expect(told(answer, foreign)).toEqual(told(await ask(MISSING).set(theirs).buffer(true), MISSING));
      expect(answer.text).not.toContain('"n":1');
    }
  });

  test('a row of an upload neither changes nor links what another has', async () => {
    const before = await api.get(`${THINGS}/${foreign}`).set(ours).expect(200);
    const upload = (row: object) =>
      api
        .post(`${THINGS}/upload`)
        .set(theirs)
        .set('Content-Type', MEDIA_TYPES.ndjson)
        .send(JSON.stringify(row));
    const link = (uuid: string) => [{ relation: 'near', type: 'thing', uuid }];
    expect((await upload({ uuid: own, links: link(foreign) })).body.errors).toMatchObject([
      { line: 1, code: 'unknown_entity' },
    ]);
    for (const row of [
      (id: string) => ({ uuid: own, links: link(id) }),
      (id: string) => ({ fields: { n: 3 }, links: link(id) }),
      (id: string) => ({ uuid: id, fields: { n: 7 } }),
    ]) {
      const answer = await upload(row(foreign)).expect(200);
      expect(told(answer, foreign)).toEqual(told(await upload(row(MISSING)).expect(200), MISSING));
      expect(answer.body.updated).toBe(0);
    }
    const after = await api
      .get(`${THINGS}/${foreign}`)
      .set(ours)
      .set('Cache-Control', 'no-cache')
      .expect(200);
    expect([after.body, after.headers.etag]).toEqual([before.body, before.headers.etag]);
    // Under the same uuid each has a record of its own.
    const twin = await api.get(`${THINGS}/${foreign}`).set(theirs).expect(200);
    expect(twin.body).toMatchObject({ fields: { n: 7 }, version: 1 });
    for (const uuid of [foreign, MISSING]) await api.delete(`${THINGS}/${uuid}`).set(theirs).expect(204);
    await api.get(`${THINGS}/${foreign}`).set(ours).expect(200);
  });

  test('nor does the default organisation, or whoever comes without an account, see what is another’s', async () => {
    const person = personOf('Far', { person_surname: 'Faraway' });
    const bond = bondOf('FAR', { host_account_id: 'FARHOST' });
    const product = { sku: 'FAR', name: 'Far', price: 1, currency: 'EUR' };
    const made = async (path: string, body: object) =>
      (await api.post(path).set(theirs).send(body).expect(201)).body;
    const { uuid } = await made('/api/v1/people', person);
    await made('/api/v1/bonds', bond);
    const { uuid: productId } = await made('/api/v1/products', product);
    await made('/api/v1/entity-types', { name: 'hidden' });
    const { uuid: hidden } = await made('/api/v1/entities/hidden', {});
    for (const who of [ours, {}]) {
      for (const path of [
        `/api/v1/people/${uuid}`,
        `/api/v1/entities/people/${uuid}`,
        '/api/v1/bonds/IDFAR',
        `/api/v1/products/${productId}`,
        `/products/${productId}`,
        '/api/v1/entity-types/hidden',
        '/api/v1/entities/hidden',
        `/api/v1/entities/hidden/${hidden}`,
        `/entity/hidden/${hidden}`,
        `${THINGS}/${own}`,
      ]) {
        const { status } = await api.get(path).set(who);
        expect({ path, status }).toEqual({ path, status: 404 });
      }
      expect((await api.get('/bonds/IDFAR').set(who).expect(400)).body.detail).toBe('Bond IDFAR not found.');
      for (const path of ['/data?person_surname=Faraway', '/bonds?account_id=FARHOST']) {
        expect((await api.get(path).set(who).expect(200)).body).toEqual([]);
      }
      for (const path of [
        '/api/v1/people?person_surname=Faraway',
        '/api/v1/bonds?host_account_id=FARHOST',
        '/api/v1/products',
        `/api/v1/entities/people?uuids=${uuid}`,
        `${THINGS}?uuids=${own}`,
        `${THINGS}?links=${own}`,
      ]) {
        const { body } = await api.get(path).set(who).expect(200);
        expect({ path, items: body.items }).toEqual({ path, items: [] });
      }
      const { body } = await api.get('/api/v1/entity-types').set(who).expect(200);
      expect(body.items.map(({ name }: { name: string }) => name)).not.toContain('hidden');
    }
    // What they have is taken for nobody else either.
    await api.post('/bonds').send(bond).expect(200);
    await api.post('/api/v1/products').set(ours).send(product).expect(201);
  });
});
