import { onEveryEdition } from '../support/every-edition.ts';
import { bondOf, personOf, subscriberOf } from '../support/record-scenario.ts';
import { startService, type TestService } from '../support/service.ts';

onEveryEdition('clients of the systems before', (factory) => {
  let service: TestService;
  beforeEach(async () => {
    service = await startService(factory);
  });
  afterEach(() => service.close());

  describe('bonds', () => {
    const create = (body: object) => service.api.post('/bonds/').send(body);

    test('create, read, change and delete, in the shapes and codes of then', async () => {
      const made = await create(bondOf('FOO')).expect(200);
      expect(made.body).toEqual({ ...bondOf('FOO'), subscribers: {} });
      expect(made.headers['content-type']).toBe('application/json');
      const got = await service.api.get('/bonds/IDFOO').expect(200);
      expect(got.body).toEqual(made.body);
      expect(got.headers['content-type']).toBe('application/json');
      const changed = await service.api.put('/bonds/IDFOO').send({ sub_cost_center: 'red' }).expect(200);
      expect(changed.body).toEqual({ ...made.body, sub_cost_center: 'red' });
      for (let n = 0; n < 2; n++) {
        const gone = await service.api.delete('/bonds/IDFOO').expect(200);
        expect([gone.body, gone.headers['content-type']]).toEqual([null, 'application/json']);
      }
    });

    test('400 with the sentence of then', async () => {
      await create(bondOf('FOO')).expect(200);
      const twice = await create(bondOf('FOO')).expect(400);
      expect(twice.body).toEqual({ detail: 'Bond already exists: bond_id=IDFOO' });
      expect(twice.headers['content-type']).toBe('application/json');
      const missing = { detail: 'Bond BAR not found.' };
      expect((await service.api.get('/bonds/BAR').expect(400)).body).toEqual(missing);
      expect((await service.api.put('/bonds/BAR').send({}).expect(400)).body).toEqual(missing);
      const add = await service.api.post('/bonds/BAR/subscribers').send(subscriberOf('ada')).expect(400);
      expect(add.body).toEqual({ detail: 'Bond BAR not found. Cannot add subscriber ada.' });
      const remove = await service.api.delete('/bonds/BAR/subscribers/ada').expect(400);
      expect(remove.body.detail).toMatch(/^Bond BAR not found\./);
      const elsewhere = await create(bondOf(2, { sub_account_id: 'SUBFOO', sub_cost_center: 'red' })).expect(
        400,
      );
      expect(elsewhere.body.detail).toContain('IDFOO');
      expect((await service.api.get('/bonds').expect(400)).body).toEqual({
        detail: 'Name an account_id or a cost_center_id.',
      });
    });

    test('422 with a list of what is wrong', async () => {
      const { body } = await create({
        ...bondOf('FOO', { host_cost_center: undefined }),
        subscribers: { ada: { ...subscriberOf('ada'), email: 'nobody' } },
      }).expect(422);
      expect(body.detail).toEqual([
        { loc: ['body', 'host_cost_center'], msg: 'field required', type: 'value_error.missing' },
        {
          loc: ['body', 'subscribers', 'ada', 'email'],
          msg: 'value is not a valid email address',
          type: 'value_error.email',
        },
      ]);
      const broken = await service.api.post('/bonds').type('application/json').send('{"a":').expect(422);
      expect(broken.body.detail[0].type).toBe('value_error.jsondecode');
    });

    test('lookups: the account goes before the cost center, and all are found', async () => {
      for (const n of [1, 2, 3]) await create(bondOf(n, { host_account_id: 'HOST' })).expect(200);
      const find = async (query: object) => {
        const { body } = await service.api.get('/bonds').query(query).expect(200);
        return body.map((bond: { bond_id: string }) => bond.bond_id).sort();
      };
      expect(await find({ account_id: 'HOST', by_host: true })).toEqual(['ID1', 'ID2', 'ID3']);
      expect(await find({ account_id: 'HOST', by_host: false })).toEqual([]);
      expect(await find({ account_id: 'SUB2', cost_center_id: 'teal', by_host: 'false' })).toEqual(['ID2']);
      expect(await find({ cost_center_id: 'yellow', by_host: false })).toEqual(['ID1', 'ID2', 'ID3']);
      expect(await find({ cost_center_id: 'none' })).toEqual([]);
    });

    test('subscribers are added or replaced, and removing one that is not there changes nothing', async () => {
      await create(bondOf('FOO')).expect(200);
      const add = (body: object) => service.api.post('/bonds/IDFOO/subscribers/').send(body);
      await add(subscriberOf('ada')).expect(200);
      const { body } = await add({ ...subscriberOf('ada'), name: 'Ada' }).expect(200);
      expect(body.subscribers).toEqual({ ada: { ...subscriberOf('ada'), name: 'Ada' } });
      await add({ sid: 'x' }).expect(422);
      await service.api.delete('/bonds/IDFOO/subscribers/none').expect(200);
      const gone = await service.api.delete('/bonds/IDFOO/subscribers/ada').expect(200);
      expect(gone.body.subscribers).toEqual({});
    });

    test('the health check touches the store', async () => {
      const well = await service.api.get('/health_check').expect(200);
      expect([well.body, well.headers['content-type']]).toEqual(['OK', 'application/json']);
      service.breakStore();
      expect(Object.keys((await service.api.get('/health_check').expect(500)).body)).toEqual(['detail']);
    });
  });

  describe('people', () => {
    const create = (body: object) => service.api.post('/data').send(body);

    test('POST answers what was kept, GET an array of all namesakes', async () => {
      const made = await create(personOf('Ada', { unknown: 1 })).expect(200);
      expect(made.body).toEqual(personOf('Ada'));
      await create(personOf('Bob')).expect(200);
      await create(personOf('Bob')).expect(200);
      const { body } = await service.api.get('/data').query({ person_surname: 'Sample' }).expect(200);
      expect(body).toEqual([personOf('Ada'), personOf('Bob'), personOf('Bob')]);
      expect((await service.api.get('/data').query({ person_surname: 'None' }).expect(200)).body).toEqual([]);
    });

    test('400 with an error', async () => {
      const { person_address: _gone, ...missing } = personOf('Ada');
      for (const body of [missing, personOf('Ada', { person_birthdate: '2024-02-30' })]) {
        const answer = await create(body).expect(400);
        expect(Object.keys(answer.body)).toEqual(['error']);
      }
      expect(Object.keys((await service.api.get('/data').expect(400)).body)).toEqual(['error']);
      service.breakStore();
      expect(Object.keys((await create(personOf('Ada')).expect(500)).body)).toEqual(['error']);
    });
  });
});
