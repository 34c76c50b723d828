import { onEveryEdition } from '../support/every-edition.ts';
import { startService, type TestService } from '../support/service.ts';

const HOUSE = {
  name: 'house',
  fields: [
    { name: 'address', type: 'string', indexed: true },
    { name: 'n', type: 'integer', indexed: true },
    { name: 'ok', type: 'boolean', indexed: true },
  ],
  links: [{ relation: 'near', to: 'house', inverse: 'near' }],
};
const ADDRESS = 'say "hi", you';
const HOUSES = '/api/v1/entities/house';

onEveryEdition('search', (factory) => {
  let service: TestService;
  let hub: string;
  let wanted: string;

  beforeAll(async () => {
    service = await startService(factory);
    await service.api.post('/api/v1/entity-types').send(HOUSE).expect(201);
    hub = await create({});
    wanted = await create({ address: ADDRESS, n: 4, ok: false }, [hub]);
    // Each of these misses one condition only.
    await create({ address: 'say "hi"', n: 4, ok: false }, [hub]);
    await create({ address: ADDRESS, n: 3, ok: false }, [hub]);
    await create({ address: ADDRESS, n: 4, ok: true }, [hub]);
    await create({ address: ADDRESS, n: 4, ok: false });
  });
  afterAll(() => service.close());

  async function create(fields: object, near: readonly string[] = []): Promise<string> {
    const links = near.map((uuid) => ({ relation: 'near', type: 'house', uuid }));
    return (await service.api.post(HOUSES).send({ fields, links }).expect(201)).body.uuid;
  }

  const find = async (query: object, path = '/entity/house/search/'): Promise<string[]> => {
    const { body } = await service.api.get(path).query(query).expect(200);
    return body.items.map(({ uuid }: { uuid: string }) => uuid);
  };

  test.each(['/entity/house/search/', '/entity/house/search', `${HOUSES}/search`, HOUSES])(
    '%s takes several conditions in one text, quoted or bare, all of which hold',
    async (path) => {
      const quoted = JSON.stringify(ADDRESS);
      for (const fields of [
        `address=${quoted},n>=4,ok=false`,
        ` n >= 4 , ok = "false" , address = ${quoted} `,
        [`address=${quoted}`, 'n>=4,ok=false'],
        [`ok=false,address=${quoted}`, 'n=4'],
      ]) {
        expect(await find({ fields, links: hub }, path)).toEqual([wanted]);
      }
      expect(await find({ fields: `address=${quoted},n>=4,ok=false` }, path)).toHaveLength(2);
      expect(await find({ fields: `address=${quoted},n>=5,ok=false`, links: hub }, path)).toEqual([]);
      expect(await find({ fields: `address=${quoted},n>=4,ok=false`, links: [hub, wanted] }, path)).toEqual(
        [],
      );
    },
  );

  test('400: a page has at most a thousand items, wherever it is asked for', async () => {
    for (const path of [
      HOUSES,
      `${HOUSES}/search`,
      `${HOUSES}/${hub}/links`,
      '/entity/house',
      '/entity/house/search/',
      '/api/v1/entity-types',
      '/entityType/',
      '/api/v1/bonds',
      '/api/v1/people',
      '/api/v1/products',
      '/products',
    ]) {
      for (const [limit, status] of [
        [1001, 400],
        [0, 400],
        [1000, 200],
      ]) {
        const answer = await service.api.get(path).query({ limit });
        expect({ path, limit, status: answer.status }).toEqual({ path, limit, status });
        if (status === 400) expect(answer.body.code).toBe('invalid_query');
      }
    }
  });

  test('422: nor does one of a search by a JSON body', async () => {
    for (const path of [`${HOUSES}/search`, '/entity/house/search/']) {
      await service.api.post(path).send({ limit: 1000 }).expect(200);
      const { body } = await service.api.post(path).send({ limit: 1001 }).expect(422);
      expect(body.errors).toMatchObject([{ pointer: '/limit' }]);
    }
  });

  test('a tag that is taken away finds nothing any more, the one in its place does', async () => {
    const uuid = await create({ n: 9 });
    const tagged = (tags: string) => find({ tags });
    const tag = (body: object) => service.api.patch(`${HOUSES}/${uuid}`).send(body).expect(200);
    await tag({ tags: ['a', 'both'] });
    expect([await tagged('a'), await tagged('b')]).toEqual([[uuid], []]);
    await tag({ tags: ['b', 'both'] });
    expect([await tagged('a'), await tagged('b')]).toEqual([[], [uuid]]);
    expect([await tagged('a,both'), await tagged('b,both')]).toEqual([[], [uuid]]);
    await service.api
      .put(`${HOUSES}/${uuid}`)
      .send({ fields: { n: 9 }, tags: ['a'] })
      .expect(200);
    expect([await tagged('a'), await tagged('b'), await tagged('both')]).toEqual([[uuid], [], []]);
    await service.api.delete(`${HOUSES}/${uuid}`).expect(204);
    expect(await tagged('a')).toEqual([]);
  });
});
