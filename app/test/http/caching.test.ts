import type supertest from 'supertest';
import { onEveryEdition } from '../support/every-edition.ts';
import { bondOf, personOf } from '../support/record-scenario.ts';
import { startService, type TestService } from '../support/service.ts';
import { signIn } from '../support/sign-in.ts';
import { sqliteTable } from '../support/tables.ts';

const TYPES = '/api/v1/entity-types';
const CITY = '/api/v1/entities/city';
const PRODUCTS = '/api/v1/products';
const UNKNOWN = '0190163d-8694-739b-aea5-966c26f8ad90';
const cityType = {
  name: 'city',
  fields: [{ name: 'name', type: 'string', indexed: true }],
  links: [{ relation: 'twin', to: 'city', inverse: 'twin' }],
};

const productOf = (sku: string) => ({ sku, name: `Product ${sku}`, price: 1, currency: 'EUR' });

const statusOf = (answer: supertest.Response) => answer.headers['cache-status'];

onEveryEdition('caching', (factory) => {
  let service: TestService;
  let cached: boolean;
  beforeEach(async () => {
    service = await startService(factory);
    await service.api.post(TYPES).send(cityType).expect(201);
    const probe = await service.api.get(`${TYPES}/city`);
    cached = statusOf(probe) !== undefined;
  });
  afterEach(() => service.close());

  const create = async (name: string): Promise<string> =>
    (await service.api.post(CITY).send({ fields: { name } }).expect(201)).body.uuid;
  /** Reads until the answer comes from the cache, where there is one. */
  async function warm(path: string): Promise<supertest.Response> {
    await service.api.get(path);
    const answer = await service.api.get(path);
    if (cached) expect(statusOf(answer)).toBe('cadastre; hit');
    return answer;
  }

  test('a hit is the same answer as a miss, to the byte', async () => {
    const uuid = await create('Rome');
    for (const path of [
      `${CITY}/${uuid}`,
      CITY,
      `${CITY}/search?fields=name=Rome`,
      `${CITY}/${uuid}/links`,
      TYPES,
    ]) {
      const first = await service.api.get(path).expect(200);
      const second = await warm(path);
      const withoutCursor = ({ text }: supertest.Response) => text.replace(/"next_cursor":"[^"]*"/, '');
      expect(withoutCursor(second)).toBe(withoutCursor(first));
      expect(second.headers.etag).toBe(first.headers.etag);
      expect(second.headers['content-type']).toBe(first.headers['content-type']);
    }
  });

  test('a hit answers 304 to its validator, and HEAD without a body', async () => {
    const path = `${CITY}/${await create('Rome')}`;
    const { headers } = await warm(path);
    await service.api.get(path).set('If-None-Match', headers.etag!).expect(304);
    const head = await service.api.head(path).expect(200);
    expect(head.headers['content-length']).toBe(headers['content-length']);
  });

  test('a list answers 304 to its weak validator, and 200 with another one after a write', async () => {
    const admin = await service.administrator();
    const product = (sku: string) =>
      service.api.post(PRODUCTS).set(admin).send({ sku, name: sku, price: 1, currency: 'EUR' }).expect(201);
    const lists: [string, () => Promise<unknown>][] = [
      [CITY, () => create('Oslo')],
      [`${CITY}?limit=1`, () => service.api.delete(`${CITY}/${first}`).expect(204)],
      [`${CITY}/search?fields=name=Rome`, () => create('Rome')],
      [PRODUCTS, () => product('B')],
      [TYPES, () => service.api.post(TYPES).send({ name: 'town' }).expect(201)],
    ];
    const first = await create('Rome');
    await create('Bern');
    await product('A');
    for (const [path, write] of lists) {
      const { headers } = await service.api.get(path).expect(200);
      expect(headers.etag).toMatch(/^W\/"[\w-]{22}"$/);
      const again = await warm(path);
      expect({ path, etag: again.headers.etag }).toEqual({ path, etag: headers.etag });
      const same = () => service.api.get(path).set('If-None-Match', headers.etag!);
      const unchanged = await same().expect(304);
      expect(unchanged.text).toBe('');
      expect(unchanged.headers.etag).toBe(headers.etag);
      expect(unchanged.headers.link).toBe(headers.link);
      await same().set('Cache-Control', 'no-cache').expect(304); // as the store has it
      await write();
      const changed = await same().expect(200);
      expect(changed.headers.etag).toMatch(/^W\//);
      expect(changed.headers.etag).not.toBe(headers.etag);
    }
  });

  test('every kind of change is seen by the next read of everything that shows it', async () => {
    const [a, b] = [await create('Rome'), await create('Oslo')];
    const named = async (path: string) => JSON.stringify((await warm(path)).body);
    const search = `${CITY}/search?fields=name=Bern`;
    expect(await named(search)).not.toContain(a);
    await service.api
      .patch(`${CITY}/${a}`)
      .send({ fields: { name: 'Bern' } })
      .expect(200);
    expect(await named(`${CITY}/${a}`)).toContain('Bern');
    expect(await named(CITY)).toContain('Bern');
    expect(await named(search)).toContain(a);
    await service.api
      .post(`${CITY}/${a}/links`)
      .send({ relation: 'twin', type: 'city', uuid: b })
      .expect(201);
    for (const path of [`${CITY}/${b}`, `${CITY}/${b}/links`, `${CITY}/search?links=twin:${b}`]) {
      expect(await named(path)).toContain(a);
    }
    await service.api.patch(`${TYPES}/city`).send({ fields: [{ id: 'name', name: 'title' }] });
    await service.api.delete(`${CITY}/${a}`).expect(204);
    await service.api.get(`${CITY}/${a}`).expect(404);
    expect(await named(CITY)).not.toContain(a);
    expect(await named(`${CITY}/${b}`)).not.toContain(a);
  });

  test('a change of the type is seen in its entities', async () => {
    const uuid = await create('Rome');
    await warm(`${CITY}/${uuid}`);
    const { body: type } = await service.api.get(`${TYPES}/city`);
    const fields = type.fields.map((field: { id: string }) => ({ ...field, name: 'title' }));
    await service.api.patch(`${TYPES}/city`).send({ fields }).expect(200);
    expect((await service.api.get(`${CITY}/${uuid}`)).body.fields).toEqual({ title: 'Rome' });
    expect((await service.api.get(CITY)).body.items[0].fields).toEqual({ title: 'Rome' });
  });

  test('absence is remembered, and ends with the creation', async () => {
    const path = `${CITY}/${UNKNOWN}`;
    const first = await service.api.get(path).expect(404);
    const second = await service.api.get(path).expect(404);
    if (cached) expect(statusOf(second)).toBe('cadastre; hit');
    expect({ ...second.body, request_id: '', trace_id: '' }).toEqual({
      ...first.body,
      request_id: '',
      trace_id: '',
    });
    await service.api
      .put(path)
      .set('If-None-Match', '*')
      .send({ fields: { name: 'Oslo' } })
      .expect(201);
    await service.api.get(path).expect(200);
  });

  test('an entity is looked for under its own type only', async () => {
    await service.api.post(TYPES).send({ name: 'town' }).expect(201);
    const uuid = await create('Rome');
    await warm(`${CITY}/${uuid}`);
    await service.api.get(`/api/v1/entities/town/${uuid}`).expect(404);
    await service.api.get(`${CITY}/${uuid}`).expect(200);
  });

  test('no-cache goes round it, and explain is never kept', async () => {
    const path = `${CITY}/${await create('Rome')}`;
    await warm(path);
    const fresh = await service.api.get(path).set('Cache-Control', 'no-cache').expect(200);
    if (cached) expect(statusOf(fresh)).toBe('cadastre; fwd=bypass; detail=request');
    for (let n = 0; n < 2; n++) {
      const explained = await service.api.get(`${CITY}/search?fields=name=Rome&explain=true`).expect(200);
      expect(statusOf(explained)).toBeUndefined();
    }
  });

  test('X-Min-Version: what the caller has seen is not taken back', async () => {
    const path = `${CITY}/${await create('Rome')}`;
    await warm(path);
    const same = await service.api.get(path).set('X-Min-Version', '1').expect(200);
    if (cached) expect(statusOf(same)).toBe('cadastre; hit');
    const later = await service.api.get(path).set('X-Min-Version', '2').expect(200);
    if (cached) expect(statusOf(later)).toBe('cadastre; fwd=miss');
    const { body } = await service.api.get(path).set('X-Min-Version', 'new').expect(400);
    expect(body.code).toBe('invalid_precondition');
  });

  test.each([
    ['/api/v1/bonds', '/api/v1/bonds', bondOf],
    ['/bonds?account_id=HOST', '/bonds', (n: string) => bondOf(n, { host_account_id: 'HOST' })],
    ['/api/v1/people', '/api/v1/people', personOf],
    ['/data?person_surname=Sample', '/data', personOf],
    ['/api/v1/products', '/api/v1/products', productOf],
    ['/products', '/products', productOf],
  ])('the list at %s is cached, and tells of a new record at once', async (list, path, recordOf) => {
    const ada = await signIn(service.api);
    const create = (name: string) =>
      service.api.post(path).set('Authorization', ada.Authorization).send(recordOf(name));
    for (const name of ['One', 'Two']) {
      expect((await create(name)).status).toBeLessThan(300);
      const { text } = await service.api.get(list).expect(200);
      expect(text).toContain(name);
      const { text: same } = await warm(list);
      expect(same).toContain(name);
    }
  });

  test('a read in pages is cached page by page', async () => {
    for (const name of ['A', 'B', 'C']) await create(name);
    const { body } = await warm(`${CITY}?limit=2`);
    expect(body.items).toHaveLength(2);
    const { body: rest } = await warm(`${CITY}?limit=2&cursor=${body.next_cursor}`);
    expect(rest.items).toHaveLength(1);
    expect((await warm(`${CITY}?limit=2`)).headers.link).toContain('rel="next"');
  });
});

test('nobody is served from the cache who may not read', async () => {
  const service = await startService(sqliteTable, { ANONYMOUS_ROLE: 'none' });
  const { headers } = await service.api.get(`${CITY}/${UNKNOWN}`).expect(401);
  expect(headers['cache-status']).toBeUndefined();
  await service.close();
});
