import { onEveryEdition } from '../support/every-edition.ts';
import { bondOf, subscriberOf } from '../support/record-scenario.ts';
import { startService, type TestService } from '../support/service.ts';

const BONDS = '/api/v1/bonds';

onEveryEdition('bonds', (factory) => {
  let service: TestService;
  beforeEach(async () => {
    service = await startService(factory);
  });
  afterEach(() => service.close());
  const create = (body: object) => service.api.post(BONDS).send(body);

  test('201, 200, 304, 412, 204, 404: a bond by its id', async () => {
    const made = await create(bondOf(1)).expect(201);
    expect(made.headers.location).toBe(`${BONDS}/ID1`);
    expect(made.body).toMatchObject({ ...bondOf(1), subscribers: {}, version: 1 });
    const got = await service.api.get(`${BONDS}/ID1`).expect(200);
    expect(got.body).toEqual(made.body);
    const etag = String(got.headers.etag);
    await service.api.get(`${BONDS}/ID1`).set('If-None-Match', etag).expect(304);
    await service.api.patch(`${BONDS}/ID1`).send({ host_cost_center: 'olive' }).expect(200);
    await service.api.delete(`${BONDS}/ID1`).set('If-Match', etag).expect(412);
    await service.api.delete(`${BONDS}/ID1`).expect(204);
    await service.api.get(`${BONDS}/ID1`).expect(404);
    await service.api.delete(`${BONDS}/ID1`).expect(404);
  });

  test('an id that is not given follows from the accounts', async () => {
    const { bond_id: _id, ...accounts } = bondOf(1);
    const first = await create(accounts).expect(201);
    expect(first.body.bond_id).toMatch(/^B[0-9A-F]{20}$/);
    await create(accounts).expect(409);
    await service.api.get(`${BONDS}/${first.body.bond_id}`).expect(200);
  });

  test('409: an id, its twin, and a pair of accounts are taken once', async () => {
    await create(bondOf('a')).expect(201);
    for (const bond_id of ['IDa', 'ida', 'ＩＤａ']) {
      const { body } = await create(bondOf('b', { bond_id })).expect(409);
      expect(body).toMatchObject({ code: 'name_taken', errors: [{ pointer: '/bond_id' }] });
    }
    const { body } = await create(bondOf('a', { bond_id: 'other' })).expect(409);
    expect(body).toMatchObject({
      code: 'name_taken',
      errors: [{ pointer: '/host_account_id' }, { pointer: '/sub_account_id' }],
    });
    await service.api.get(`${BONDS}/ida`).expect(404);
  });

  test('409: an account has one cost center, on either side, and the bond that disagrees is named', async () => {
    await create(bondOf(1)).expect(201);
    const asHost = await create(bondOf(2, { host_account_id: 'SUB1', host_cost_center: 'red' })).expect(409);
    expect(asHost.body).toMatchObject({ code: 'group_taken', bond_id: 'ID1' });
    expect(asHost.body.detail).toContain('ID1');
    await create(bondOf(2, { host_account_id: 'SUB1', host_cost_center: 'yellow' })).expect(201);
    const moved = await service.api.patch(`${BONDS}/ID1`).send({ sub_cost_center: 'red' }).expect(409);
    expect(moved.body).toMatchObject({ code: 'group_taken', bond_id: 'ID2' });
    await service.api.delete(`${BONDS}/ID2`).expect(204);
    await service.api.patch(`${BONDS}/ID1`).send({ sub_cost_center: 'red' }).expect(200);
    await service.api.delete(`${BONDS}/ID1`).expect(204);
    await create(bondOf(3, { host_account_id: 'SUB1', host_cost_center: 'blue' })).expect(201);
  });

  test('host and subscriber may share a cost center; one account cannot have two', async () => {
    await create(bondOf(1, { sub_cost_center: 'teal' })).expect(201);
    const same = { host_account_id: 'X', sub_account_id: 'X' };
    const { body } = await create(bondOf(2, same)).expect(422);
    expect(body.errors).toMatchObject([{ pointer: '/sub_cost_center', code: 'one_cost_center' }]);
    await create(bondOf(2, { ...same, sub_cost_center: 'teal' })).expect(201);
    await service.api.delete(`${BONDS}/ID2`).expect(204);
  });

  test('422: everything that is wrong is told at once', async () => {
    const subscribers = { ada: { sid: 'eve', name: 'A', email: 'nobody' } };
    const { body } = await create({ host_account_id: 1, sub_account_id: '', subscribers }).expect(422);
    expect(
      body.errors.map((error: { pointer: string; code: string }) => [error.pointer, error.code]),
    ).toEqual([
      ['/bond_id', 'required'],
      ['/host_account_id', 'invalid_type'],
      ['/sub_account_id', 'too_short'],
      ['/host_cost_center', 'required'],
      ['/sub_cost_center', 'required'],
      ['/subscribers/ada/email', 'invalid_email'],
      ['/subscribers/ada/sid', 'key_mismatch'],
    ]);
    expect((await create(bondOf(1, { version: 7 })).expect(400)).body.code).toBe('unknown_field');
  });

  test('lookups by host and subscriber account and cost center', async () => {
    await create(bondOf(1)).expect(201);
    await create(bondOf(2, { host_account_id: 'HOST1', sub_cost_center: 'red' })).expect(201);
    const ids = async (query: object) => {
      const { body } = await service.api.get(BONDS).query(query).expect(200);
      return body.items.map((bond: { bond_id: string }) => bond.bond_id).sort();
    };
    expect(await ids({ host_account_id: 'HOST1' })).toEqual(['ID1', 'ID2']);
    expect(await ids({ sub_account_id: 'SUB2' })).toEqual(['ID2']);
    expect(await ids({ host_cost_center: 'teal' })).toEqual(['ID1', 'ID2']);
    expect(await ids({ host_account_id: 'HOST1', sub_cost_center: 'red' })).toEqual(['ID2']);
    expect(await ids({})).toEqual(['ID1', 'ID2']);
    const page = await service.api.get(BONDS).query({ limit: 1 }).expect(200);
    expect(page.body.items).toHaveLength(1);
    const rest = await service.api.get(BONDS).query({ limit: 1, cursor: page.body.next_cursor }).expect(200);
    expect(rest.body).toMatchObject({ items: [{}], next_cursor: null });
    await service.api.get(BONDS).query({ nonsense: 1 }).expect(400);
  });

  test('subscribers one at a time: 201, 409, 200, 204, 404', async () => {
    await create(bondOf(1)).expect(201);
    const subscribers = `${BONDS}/ID1/subscribers`;
    const made = await service.api.post(subscribers).send(subscriberOf('ada')).expect(201);
    expect(made.headers.location).toBe(`${subscribers}/ada`);
    await service.api.post(subscribers).send(subscriberOf('ada')).expect(409);
    await service.api.post(subscribers).send({ sid: 'x' }).expect(422);
    await service.api
      .post(subscribers)
      .send({ ...subscriberOf('x'), admin: true })
      .expect(400);
    await service.api
      .put(`${subscribers}/ada`)
      .send({ name: 'Ada L.', email: 'ada@example.com' })
      .expect(200);
    const { body } = await service.api.get(`${BONDS}/ID1`).expect(200);
    expect(body.subscribers).toEqual({ ada: { sid: 'ada', name: 'Ada L.', email: 'ada@example.com' } });
    await service.api.delete(`${subscribers}/ada`).expect(204);
    await service.api.delete(`${subscribers}/ada`).expect(404);
    await service.api.post(`${BONDS}/none/subscribers`).send(subscriberOf('ada')).expect(404);
  });

  test('a repeated request with its Idempotency-Key adds a subscriber once', async () => {
    await create(bondOf(1)).expect(201);
    const send = () =>
      service.api.post(`${BONDS}/ID1/subscribers`).set('Idempotency-Key', 'once').send(subscriberOf('ada'));
    await send().expect(201);
    const again = await send().expect(201);
    expect(again.headers['idempotency-replayed']).toBe('true');
  });

  test('a hundred who add subscribers at once lose none', async () => {
    await create(bondOf(1)).expect(201);
    const sids = Array.from({ length: 100 }, (_, i) => `s${i}`);
    const add = (sid: string) => service.api.post(`${BONDS}/ID1/subscribers`).send(subscriberOf(sid));
    const answers = await Promise.all(sids.map(add));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    const { body } = await service.api.get(`${BONDS}/ID1`).expect(200);
    expect(Object.keys(body.subscribers).sort()).toEqual(sids.sort());
    expect(body.version).toBe(101);
  });

  test('of a hundred bonds of one natural key there is one', async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) => create(bondOf(1, { bond_id: `ID-${i}` }))),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses.filter((status) => status === 409)).toHaveLength(99);
    expect((await service.api.get(BONDS).expect(200)).body.items).toHaveLength(1);
  });

  test('bonds are entities too: searched, linked, uploaded under the same rules', async () => {
    const person = await service.api
      .post('/api/v1/people')
      .send({
        person_name: 'Ada',
        person_surname: 'Sample',
        person_birthdate: '1980-02-29',
        person_address: 'Street',
      })
      .expect(201);
    const entities = '/api/v1/entities/bonds';
    const made = await service.api
      .post(entities)
      .send({ fields: bondOf(1) })
      .expect(201);
    expect((await service.api.get(`${BONDS}/ID1`).expect(200)).body.uuid).toBe(made.body.uuid);
    await service.api
      .post(`${entities}/${made.body.uuid}/links`)
      .send({ relation: 'contacts', type: 'people', uuid: person.body.uuid })
      .expect(201);
    const found = await service.api.get(entities).query({ links: person.body.uuid }).expect(200);
    expect(found.body.items).toHaveLength(1);
    const rows = [
      { fields: bondOf(2, { host_account_id: 'HOST1' }) },
      { fields: bondOf(3, { host_account_id: 'HOST1' }) },
      { fields: bondOf(4, { host_account_id: 'HOST1', host_cost_center: 'red' }) },
      { fields: bondOf(1) },
    ];
    for (const atomic of [true, false]) {
      const { body } = await service.api
        .post(`${entities}/upload`)
        .query({ atomic })
        .type('application/json')
        .send(JSON.stringify(rows))
        .expect(200);
      // The last row is the bond that is there, as it is.
      expect(body).toMatchObject({
        created: atomic ? 0 : 2,
        updated: atomic ? 0 : 1,
        failed: atomic ? 4 : 1,
        errors: [{ line: 3, code: 'group_taken' }],
      });
    }
    const bad = await service.api
      .post(entities)
      .send({ fields: bondOf(5, { subscribers: { a: 1 } }) })
      .expect(422);
    expect(bad.body.errors[0].pointer).toBe('/fields/subscribers/a');
  });

  test('503 while the store is out of reach, 401 without the role', async () => {
    service.breakStore();
    await create(bondOf(1)).expect(503);
    const closed = await startService(factory, { ANONYMOUS_ROLE: 'reader' });
    await closed.api.post(BONDS).send(bondOf(1)).expect(401);
    await closed.api.get(BONDS).expect(200);
    await closed.close();
  });
});
