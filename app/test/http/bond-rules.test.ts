import { onEveryEdition } from '../support/every-edition.ts';
import { bondOf } from '../support/record-scenario.ts';
import { startService, type TestService } from '../support/service.ts';

const BONDS = '/api/v1/bonds';

/** A bond between the accounts of two others. */
const between = (bond_id: string, host: string, sub: string) =>
  bondOf(bond_id, { bond_id, host_account_id: `HOST${host}`, sub_account_id: `SUB${sub}` });

onEveryEdition('rules that bonds keep together', (factory) => {
  let service: TestService;
  beforeEach(async () => {
    service = await startService(factory);
  });
  afterEach(() => service.close());
  const create = (body: object) => service.api.post(BONDS).send(body);

  test('a pair of accounts is free again when its bond is gone', async () => {
    await create(between('old', 'A', 'A')).expect(201);
    await create(between('new', 'A', 'A')).expect(409);
    await service.api.delete(`${BONDS}/old`).expect(204);
    await create(between('new', 'A', 'A')).expect(201);
  });

  test('a bond moves to a pair of accounts that is free, and leaves its own one free', async () => {
    await create(between('one', 'A', 'A')).expect(201);
    await create(between('two', 'A', 'B')).expect(201);
    for (const refused of [
      await service.api.patch(`${BONDS}/two`).send({ sub_account_id: 'SUBA' }),
      await service.api.patch(`${BONDS}/two`).send({ sub_account_id: 'suba' }),
      await service.api.put(`${BONDS}/two`).send(between('two', 'A', 'A')),
    ]) {
      expect(refused.status).toBe(409);
      expect(refused.body).toMatchObject({
        code: 'name_taken',
        errors: [{ pointer: '/host_account_id' }, { pointer: '/sub_account_id' }],
      });
    }
    await create(between('three', 'A', 'B')).expect(409);
    await service.api.patch(`${BONDS}/two`).send({ sub_account_id: 'SUBC' }).expect(200);
    await create(between('four', 'A', 'C')).expect(409);
    await create(between('three', 'A', 'B')).expect(201);
    await service.api.patch(`${BONDS}/two`).send({ sub_account_id: 'SUBC' }).expect(200);
  });

  test('400 at the old path: a pair that is taken, in the sentence of then', async () => {
    await service.api
      .post('/bonds')
      .send(between('one', 'A', 'A'))
      .expect(200);
    const { body } = await service.api
      .post('/bonds')
      .send(between('two', 'A', 'A'))
      .expect(400);
    expect(body).toEqual({ detail: 'Bond already exists: accounts HOSTA, SUBA' });
    await service.api
      .post('/bonds')
      .send(between('two', 'A', 'B'))
      .expect(200);
    await service.api.put('/bonds/two').send({ sub_account_id: 'SUBA' }).expect(400);
    const { body: two } = await service.api.get('/bonds/two').expect(200);
    expect(two.sub_account_id).toBe('SUBB');
  });

  test('of forty bonds at once that would put one account into two cost centers, one center wins', async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        create(bondOf(i, { host_account_id: 'HOST', host_cost_center: i % 2 ? 'red' : 'blue' })),
      ),
    );
    const won = answers.filter(({ status }) => status === 201);
    expect(won.length).toBeGreaterThan(0);
    for (const { status, body } of answers.filter((answer) => answer.status !== 201)) {
      expect([status, body.code]).toEqual([409, 'group_taken']);
    }
    const centers = new Set(won.map(({ body }) => body.host_cost_center));
    expect(centers.size).toBe(1);
    const { body } = await service.api.get(BONDS).query({ host_account_id: 'HOST', limit: 100 }).expect(200);
    expect(body.items).toHaveLength(won.length);
    expect(new Set(body.items.map((bond: { host_cost_center: string }) => bond.host_cost_center))).toEqual(
      centers,
    );
  });
});
