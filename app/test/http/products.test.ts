import { onEveryEdition } from '../support/every-edition.ts';
import { startService, type TestService } from '../support/service.ts';
import { signIn } from '../support/sign-in.ts';

const product = (sku: string, more: object = {}) => ({
  sku,
  name: `Product ${sku}`,
  price: 1999,
  currency: 'EUR',
  ...more,
});

onEveryEdition('products', (factory) => {
  let service: TestService;
  let ada: { Authorization: string };
  beforeEach(async () => {
    service = await startService(factory);
    const { Authorization } = await signIn(service.api);
    ada = { Authorization };
  });
  afterEach(() => service.close());
  const create = (body: object, base = '/api/v1/products') => service.api.post(base).set(ada).send(body);

  test.each(['/api/v1/products', '/products'])(
    '%s: everybody reads, only who has signed in writes',
    async (base) => {
      const made = await create(product('A'), base).expect(201);
      const one = `${base}/${made.body.uuid}`;
      expect(made.headers.location).toBe(one);
      expect(made.body).toMatchObject({
        ...product('A'),
        status: 'draft',
        description: '',
        attributes: {},
        tags: [],
      });
      expect((await service.api.get(one).expect(200)).body).toEqual(made.body);
      for (const refused of [
        service.api.post(base).send(product('B')),
        service.api.put(one).send(product('B')),
        service.api.patch(one).send({ price: 1 }),
        service.api.delete(one),
        service.api.post('/api/v1/entities/products').send({ fields: product('B') }),
        service.api.post('/api/v1/entities/products/upload').type('application/json').send('[]'),
      ]) {
        expect((await refused.expect(401)).body.code).toBe('unauthenticated');
      }
      await service.api
        .patch(one)
        .set(ada)
        .send({ status: 'active', tags: ['new'] })
        .expect(200);
      await service.api
        .put(one)
        .set(ada)
        .send(product('A', { price: 5 }))
        .expect(200);
      const id = '55555555-5555-4555-8555-555555555555';
      await service.api
        .put(`${base}/${id}`)
        .set(ada)
        .set('If-None-Match', '*')
        .send(product('N'))
        .expect(201);
      await service.api.delete(one).set(ada).set('If-Match', '"0-0"').expect(412);
      await service.api.delete(one).set(ada).expect(204);
      await service.api.get(one).expect(404);
    },
  );

  test('anonymous callers without any role still read products', async () => {
    const closed = await startService(factory, { ANONYMOUS_ROLE: 'none' });
    await closed.api.get('/api/v1/products').expect(200);
    await closed.api.get('/api/v1/people').expect(401);
    await closed.close();
  });

  test('409: an sku and its twins are taken once, also by a hundred at once', async () => {
    await create(product('A-1')).expect(201);
    for (const sku of ['A-1', 'a-1', 'Ａ-1']) {
      const { body } = await create(product(sku)).expect(409);
      expect(body).toMatchObject({ code: 'name_taken', errors: [{ pointer: '/sku' }] });
    }
    const answers = await Promise.all(Array.from({ length: 100 }, () => create(product('B'))));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(99);
  });

  test('409: an sku in composed and in decomposed form is one', async () => {
    const [composed, decomposed] = ['caf\u00e9', 'cafe\u0301'];
    await create(product(composed)).expect(201);
    for (const sku of [decomposed, composed, 'CAFE\u0301']) {
      expect((await create(product(sku)).expect(409)).body.code).toBe('name_taken');
    }
    await create(product('cafe')).expect(201); // without the accent it is another one
    for (const sku of [composed, decomposed]) {
      const { body } = await service.api.get('/api/v1/products').query({ sku }).expect(200);
      expect(body.items).toHaveLength(1);
    }
  });

  test('422: prices are whole and not negative, currencies real, statuses known', async () => {
    const { body } = await create(
      product('A', { price: 19.99, currency: 'XYZ', status: 'gone', attributes: [1] }),
    ).expect(422);
    expect(
      body.errors.map((error: { pointer: string; code: string }) => [error.pointer, error.code]),
    ).toEqual([
      ['/status', 'not_in_enum'],
      ['/price', 'invalid_type'],
      ['/currency', 'invalid_currency'],
      ['/attributes', 'invalid_type'],
    ]);
    await create(product('A', { price: -1 })).expect(422);
    expect((await create(product('A', { organisation: 'other' })).expect(400)).body.code).toBe(
      'unknown_field',
    );
  });

  test('filters by status, price, tag and the beginning of the name', async () => {
    await create(product('A', { price: 100, status: 'active', tags: ['x', 'y'] })).expect(201);
    await create(product('B', { price: 200, status: 'active', tags: ['x'] })).expect(201);
    await create(product('C', { price: 300, name: 'Other' })).expect(201);
    const skus = async (query: object) => {
      const { body } = await service.api.get('/api/v1/products').query(query).expect(200);
      return body.items.map((each: { sku: string }) => each.sku).sort();
    };
    expect(await skus({})).toEqual(['A', 'B', 'C']);
    expect(await skus({ status: 'active' })).toEqual(['A', 'B']);
    expect(await skus({ price_min: 150, price_max: 300 })).toEqual(['B', 'C']);
    expect(await skus({ tags: 'x,y' })).toEqual(['A']);
    expect(await skus({ name_prefix: 'Product' })).toEqual(['A', 'B']);
    expect(await skus({ sku: 'C' })).toEqual(['C']);
    await service.api.get('/api/v1/products').query({ price_min: 'cheap' }).expect(400);
  });
});

onEveryEdition('owners', (factory) => {
  test('only owners and administrators change a record that has some, and the last one stays', async () => {
    const service = await startService(factory);
    const [ada, bob] = [await signIn(service.api), await signIn(service.api, 'bob@example.com')];
    const as = ({ Authorization }: { Authorization: string }) => ({ Authorization });
    const { body } = await create().expect(201);
    const entity = `/api/v1/entities/people/${body.uuid}`;
    const owner = (who: { uuid: string }) => `${entity}/owners/users/${who.uuid}`;
    const patch = (who?: { Authorization: string }) =>
      service.api
        .patch(entity)
        .set(who ? as(who) : {})
        .send({ tags: [String(Math.random())] });

    await patch(bob).expect(200);
    const owned = await service.api.put(owner(ada)).set(as(ada)).expect(200);
    expect(owned.body.owners.users).toEqual([ada.uuid]);
    const foreign = await patch(bob).expect(403);
    expect(foreign.body.code).toBe('not_an_owner');
    expect(foreign.headers['www-authenticate']).toBeUndefined(); // no scope would help
    await patch().expect(403);
    await service.api.delete(entity).set(as(bob)).expect(403);
    await service.api.patch(`/api/v1/people/${body.uuid}`).set(as(bob)).send({}).expect(403);
    await service.api.get(entity).expect(200);
    await patch(ada).expect(200);
    expect((await service.api.delete(owner(ada)).set(as(ada)).expect(409)).body.code).toBe('last_owner');
    await service.api.put(owner(bob)).set(as(ada)).expect(200);
    await service.api.delete(owner(ada)).set(as(ada)).expect(200);
    await patch(bob).expect(200);
    await patch(ada).expect(403);
    const stranger = { uuid: '66666666-6666-4666-8666-666666666666' };
    const { body: refused } = await service.api.put(owner(stranger)).set(as(bob)).expect(422);
    expect(refused.errors).toMatchObject([{ code: 'unknown_owner' }]);
    await service.close();

    function create() {
      return service.api.post('/api/v1/people').set(as(ada)).send({
        person_name: 'Ada',
        person_surname: 'Sample',
        person_birthdate: '1980-02-29',
        person_address: 'Street',
      });
    }
  });
});
