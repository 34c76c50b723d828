import { onEveryEdition } from '../support/every-edition.ts';
import { bondOf, personOf } from '../support/record-scenario.ts';
import { startService, type TestService } from '../support/service.ts';
import { MEDIA_TYPES } from '../support/transfers.ts';

/** More than one page of whatever size. */
const MANY = 1203;
const numbers = Array.from({ length: MANY }, (_, n) => n);

onEveryEdition('lookups of clients that know no pages', (factory) => {
  let service: TestService;
  beforeAll(async () => {
    service = await startService(factory);
    const shared = { host_account_id: 'HOST', host_cost_center: 'teal', sub_cost_center: 'red' };
    await upload(
      'bonds',
      numbers.map((n) => bondOf(n, shared)),
    );
    await upload(
      'people',
      numbers.map((n) => personOf(`N${n}`, { person_surname: 'Many' })),
    );
  }, 60_000);
  afterAll(() => service.close());

  async function upload(type: string, records: object[]): Promise<void> {
    const { body } = await service.api
      .post(`/api/v1/entities/${type}/upload`)
      .set('Content-Type', MEDIA_TYPES.ndjson)
      .send(records.map((fields) => JSON.stringify({ fields })).join('\n'))
      .expect(200);
    expect(body).toMatchObject({ created: MANY, failed: 0 });
  }

  const ids = async (query: object): Promise<string[]> => {
    const { body } = await service.api.get('/bonds').query(query).expect(200);
    return body.map((bond: { bond_id: string }) => bond.bond_id);
  };

  test.each([
    { account_id: 'HOST', by_host: true },
    { account_id: 'HOST' },
    { cost_center_id: 'teal', by_host: true },
    { cost_center_id: 'teal' },
    { cost_center_id: 'red', by_host: false },
  ])('%j finds all bonds, each once', async (query) => {
    const found = await ids(query);
    expect(found).toHaveLength(MANY);
    expect(new Set(found)).toEqual(new Set(numbers.map((n) => `ID${n}`)));
  });

  test.each([
    { account_id: 'HOST', by_host: false },
    { account_id: 'SUB7' },
    { cost_center_id: 'teal', by_host: false },
    { cost_center_id: 'red' },
    { cost_center_id: 'red', by_host: true },
  ])('%j finds none: that is the other side', async (query) => {
    expect(await ids(query)).toEqual([]);
  });

  test('all people of a surname come as one array', async () => {
    const { body, headers } = await service.api.get('/data').query({ person_surname: 'Many' }).expect(200);
    const names = body.map((person: { person_name: string }) => person.person_name);
    expect(names).toHaveLength(MANY);
    expect(new Set(names).size).toBe(MANY);
    expect(headers.link).toBeUndefined();
  });
});
