import { onEveryEdition } from '../support/every-edition.ts';
import { bondOf, subscriberOf } from '../support/record-scenario.ts';
import { startService, type TestService } from '../support/service.ts';

const BONDS = '/api/v1/bonds';

onEveryEdition('the id of a bond', (factory) => {
  let service: TestService;
  beforeEach(async () => {
    service = await startService(factory);
    await service.api.post(BONDS).send(bondOf('a')).expect(201);
  });
  afterEach(() => service.close());
  const untouched = async () =>
    expect((await service.api.get(`${BONDS}/IDa`).expect(200)).body).toMatchObject({
      ...bondOf('a'),
      subscribers: {},
      version: 1,
    });

  test.each(['ida', 'ＩＤａ'])('404: spelt as %s, the bond is not there, whatever is asked', async (id) => {
    const one = `${BONDS}/${encodeURIComponent(id)}`;
    const { api } = service;
    const other = bondOf('a', { bond_id: id, host_cost_center: 'red' });
    for (const call of [
      () => api.get(one),
      () => api.put(one).send(other),
      () => api.patch(one).send({ host_cost_center: 'red' }),
      () => api.delete(one),
      () => api.post(`${one}/subscribers`).send(subscriberOf('ada')),
      () => api.put(`${one}/subscribers/ada`).send({ name: 'Ada', email: 'ada@example.com' }),
      () => api.delete(`${one}/subscribers/ada`),
    ]) {
      // A precondition tells nothing of the bond either.
      for (const attempt of [call(), call().set('If-Match', '"other"')]) {
        const { body } = await attempt.expect(404);
        expect(body).toMatchObject({ code: 'not_found', detail: `There is no bond ${id}.` });
      }
    }
    await untouched();
  });

  test.each(['ida', 'ＩＤａ'])('at the old paths %s is missing as any other', async (id) => {
    const one = `/bonds/${encodeURIComponent(id)}`;
    const { api } = service;
    const missing = new RegExp(`^Bond ${id} not found\\.`);
    for (const call of [
      api.get(one),
      api.put(one).send({ host_cost_center: 'red' }),
      api.put(one).send({ bond_id: id }),
      api.post(`${one}/subscribers`).send(subscriberOf('ada')),
      api.delete(`${one}/subscribers/ada`),
    ]) {
      expect((await call.expect(400)).body.detail).toMatch(missing);
    }
    expect((await api.delete(one).expect(200)).body).toBeNull();
    await untouched();
  });

  test('409, or 400 at the old path: it never changes, and nothing else does with it', async () => {
    const { api } = service;
    const more = { host_cost_center: 'red' };
    for (const bond_id of ['IDb', 'ida']) {
      const refused = [
        await api.patch(`${BONDS}/IDa`).send({ bond_id, ...more }),
        await api.put(`${BONDS}/IDa`).send(bondOf('a', { bond_id, ...more })),
      ];
      for (const { status, body } of refused) {
        expect(status).toBe(409);
        expect(body.errors).toMatchObject([{ pointer: '/bond_id', code: 'names_the_entity' }]);
      }
      const old = await api
        .put('/bonds/IDa')
        .send({ bond_id, ...more })
        .expect(400);
      expect(old.body).toEqual({ detail: 'Must be the bond_id of the address: IDa.' });
      await api.get(`${BONDS}/${bond_id}`).expect(404);
      await untouched();
    }
    const same = await api
      .put('/bonds/IDa')
      .send({ bond_id: 'IDa', ...more })
      .expect(200);
    expect(same.body.host_cost_center).toBe('red');
  });

  test('412 or 409: a bond is created under its own id only where nobody has it, in any spelling', async () => {
    const createAt = (id: string, body: object) =>
      service.api.put(`${BONDS}/${id}`).set('If-None-Match', '*').send(body);
    expect((await createAt('IDa', bondOf('a')).expect(412)).body.code).toBe('precondition_failed');
    const twin = await createAt('ida', bondOf('b', { bond_id: 'ida' })).expect(409);
    expect(twin.body).toMatchObject({ code: 'name_taken', errors: [{ pointer: '/bond_id' }] });
    await createAt('IDb', bondOf('c')).expect(409);
    const pair = await createAt('IDb', bondOf('a', { bond_id: 'IDb' })).expect(409);
    expect(pair.body.errors).toMatchObject([{ pointer: '/host_account_id' }, { pointer: '/sub_account_id' }]);
    await untouched();
    await createAt('IDb', bondOf('b')).expect(201);
  });

  test('is free again after the bond is gone, in any spelling', async () => {
    await service.api.delete(`${BONDS}/IDa`).expect(204);
    await service.api
      .post(BONDS)
      .send(bondOf('a', { bond_id: 'ida' }))
      .expect(201);
    await service.api.delete(`${BONDS}/IDa`).expect(404);
    await service.api.get(`${BONDS}/ida`).expect(200);
  });

  test('422: nor does its spelling, as an entity or in an upload', async () => {
    const { api } = service;
    const { uuid } = (await api.get(`${BONDS}/IDa`).expect(200)).body;
    const patch = api.patch(`/api/v1/entities/bonds/${uuid}`).send({ fields: { bond_id: 'ida' } });
    expect((await patch.expect(422)).body.errors).toEqual([
      expect.objectContaining({ pointer: '/fields/bond_id', code: 'names_the_entity' }),
    ]);
    const row = { fields: bondOf('a', { bond_id: 'ida' }) };
    const { body } = await api.post('/api/v1/entities/bonds/upload').send([row]).expect(200);
    expect(body).toMatchObject({ updated: 0, failed: 1 });
    await untouched();
  });
});
