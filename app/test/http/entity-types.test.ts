import { onEveryEdition } from '../support/every-edition.ts';
import { startService, type TestService } from '../support/service.ts';

const TYPES = '/api/v1/entity-types';

onEveryEdition('entity types', (factory) => {
  let service: TestService;
  beforeEach(async () => {
    service = await startService(factory);
  });
  afterEach(() => service.close());

  const define = (body: object) => service.api.post(TYPES).send(body);
  const city = {
    name: 'city',
    description: 'A town',
    tags: ['geo'],
    fields: [{ name: 'name', type: 'string' }],
  };

  test('201: a defined type is answered in full, with its address and validator', async () => {
    const answer = await define({
      ...city,
      fields: [
        { name: 'code', type: 'string', unique: true, min_length: 2 },
        { name: 'list', type: 'array', items: 'integer' },
      ],
      links: [{ relation: 'twin', to: 'city', inverse: 'twin' }],
    }).expect(201);
    expect(answer.headers.location).toBe(`${TYPES}/city`);
    expect(answer.headers.etag).toMatch(/^"1-/);
    expect(answer.body).toMatchObject({
      name: 'city',
      version: 1,
      organisation: 'default',
      fields: [
        { id: 'code', name: 'code', required: false, unique: true, indexed: true, min_length: 2 },
        { id: 'list', type: 'array', items: { type: 'integer' }, unique: false, indexed: false },
      ],
      links: [
        { relation: 'twin', to: 'city', inverse: 'twin', cardinality: 'many_to_many', on_delete: 'detach' },
      ],
    });
    const read = await service.api.get(`${TYPES}/city`).expect(200);
    expect(read.body).toEqual(answer.body);
    await service.api.get(`${TYPES}/city`).set('If-None-Match', answer.headers.etag!).expect(304);
  });

  test('201 once: the same Idempotency-Key replays the answer, another request with it is refused', async () => {
    const first = await define(city).set('Idempotency-Key', '"k1"').expect(201);
    const second = await define(city).set('Idempotency-Key', '"k1"').expect(201);
    expect(second.body).toEqual(first.body);
    expect(second.headers['idempotency-replayed']).toBe('true');
    const other = await define({ ...city, description: 'x' })
      .set('Idempotency-Key', '"k1"')
      .expect(422);
    expect(other.body.code).toBe('idempotency_mismatch');
  });

  test('200: lists are paged and filtered by tag', async () => {
    for (const name of ['a', 'aa', 'b', 'c', 'd'])
      await define({ name, tags: name < 'c' ? ['x'] : ['x', 'y'] }).expect(201);
    const first = await service.api.get(TYPES).query({ limit: 3 }).expect(200);
    expect(first.body.items.map((type: { name: string }) => type.name)).toEqual(['a', 'aa', 'b']);
    expect(first.headers.link).toContain('rel="next"');
    const second = await service.api
      .get(TYPES)
      .query({ limit: 3, cursor: first.body.next_cursor })
      .expect(200);
    expect(second.body.items.map((type: { name: string }) => type.name)).toEqual(['bonds', 'c', 'd']);
    const third = await service.api
      .get(TYPES)
      .query({ limit: 3, cursor: second.body.next_cursor })
      .expect(200);
    const rest = third.body.items.map((type: { name: string }) => type.name);
    expect([rest, third.body.next_cursor]).toEqual([['organisations', 'people', 'products'], null]);
    const tagged = await service.api.get(TYPES).query({ tags: 'x,y' }).expect(200);
    expect(tagged.body.items.map((type: { name: string }) => type.name)).toEqual(['c', 'd']);
    const foreign = await service.api
      .get(TYPES)
      .query({ tags: 'x', cursor: first.body.next_cursor })
      .expect(400);
    expect(foreign.body.code).toBe('invalid_cursor');
  });

  test('200: a tag that is taken away finds nothing any more, the one in its place does', async () => {
    const tagged = async (tags: string): Promise<string[]> => {
      const { body } = await service.api.get(TYPES).query({ tags }).expect(200);
      return body.items.map((type: { name: string }) => type.name);
    };
    await define({ ...city, tags: ['a', 'both'] }).expect(201);
    expect([await tagged('a'), await tagged('b')]).toEqual([['city'], []]);
    const { body } = await service.api
      .patch(`${TYPES}/city`)
      .send({ tags: ['b', 'both'] })
      .expect(200);
    expect(body.tags).toEqual(['b', 'both']);
    expect([await tagged('a'), await tagged('b')]).toEqual([[], ['city']]);
    expect([await tagged('a,both'), await tagged('b,both')]).toEqual([[], ['city']]);
    await service.api.patch(`${TYPES}/city`).send({ description: 'x' }).expect(200);
    expect(await tagged('b')).toEqual(['city']);
    await service.api.patch(`${TYPES}/city`).send({ tags: [] }).expect(200);
    expect(await tagged('b')).toEqual([]);
  });

  test('200: a change adds fields, texts and limits, renames by id, and counts up', async () => {
    await define(city).expect(201);
    const changed = await service.api
      .patch(`${TYPES}/city`)
      .set('Content-Type', 'application/merge-patch+json')
      .send({
        description: 'Changed',
        fields: [
          { id: 'name', name: 'title' },
          { name: 'population', type: 'integer', min: 0, indexed: true },
        ],
      })
      .expect(200);
    expect(changed.body).toMatchObject({
      version: 2,
      description: 'Changed',
      fields: [
        { id: 'name', name: 'title' },
        { id: 'population', name: 'population', since: 2 },
      ],
    });
    const again = await service.api.patch(`${TYPES}/city`).send({ fields: changed.body.fields }).expect(200);
    expect(again.body.fields).toEqual(changed.body.fields);
  });

  test('409: changes that stored data forbids', async () => {
    await define({
      name: 'city',
      fields: [
        { name: 'n', type: 'integer', indexed: true },
        { name: 's', type: 'string' },
      ],
    });
    await service.api
      .post('/api/v1/entities/city')
      .send({ fields: { n: 5 } })
      .expect(201);
    const change = (fields: object[]) => service.api.patch(`${TYPES}/city`).send({ fields });
    const type = await change([{ name: 'n', type: 'string' }]).expect(409);
    expect(type.body).toMatchObject({ code: 'incompatible_change', errors: [{ pointer: '/fields/0/type' }] });
    expect((await change([{ name: 'n', max: 4 }]).expect(409)).body.code).toBe('data_breaks_rules');
    expect((await change([{ name: 's', required: true }]).expect(409)).body.code).toBe('data_breaks_rules');
    expect((await change([{ name: 'r', type: 'string', required: true }]).expect(409)).body.code).toBe(
      'data_breaks_rules',
    );
    await change([{ name: 'n', max: 5, min: 5 }]).expect(200);
    await service.api
      .post('/api/v1/entities/city')
      .send({ fields: { n: 6 } })
      .expect(422);
  });

  test('409 name_taken: a name and its twins in case, width and composition', async () => {
    await define({ name: 'cafe' }).expect(201);
    for (const name of ['cafe', 'CAFE', 'Cafe', '\uFF43\uFF41\uFF46\uFF45']) {
      expect((await define({ name }).expect(409)).body.code).toBe('name_taken');
    }
    await service.api.get(`${TYPES}/CAFE`).expect(404);
  });

  test('400 and 422: everything that is wrong is told at once', async () => {
    expect((await define({ name: 'x', surprise: 1 }).expect(400)).body.code).toBe('unknown_field');
    const answer = await define({
      name: 'users',
      tags: ['a', 'a'],
      fields: [
        { name: 'uuid', type: 'string' },
        { name: 'e', type: 'enum' },
        { name: 'E', type: 'string' },
        { name: 'j', type: 'json', indexed: true },
        { name: 'n', type: 'integer', min: 3, max: 2 },
        { name: 'd', type: 'date', default: '2024-02-30' },
      ],
      links: [{ relation: 'to', to: 'nowhere' }],
    }).expect(422);
    expect(
      answer.body.errors.map((error: { pointer: string; code: string }) => `${error.pointer} ${error.code}`),
    ).toEqual([
      '/name reserved_name',
      '/tags/1 duplicate',
      '/fields/0/name reserved_name',
      '/fields/2/name duplicate',
      '/fields/1/enum invalid_constraint',
      '/fields/3/indexed invalid_constraint',
      '/fields/4/min invalid_constraint',
      '/fields/5/default invalid_date',
      '/links/0/to unknown_type',
    ]);
  });

  test('404 for an unknown type, 412 for an outdated validator', async () => {
    await service.api.get(`${TYPES}/nothing`).expect(404);
    await service.api.delete(`${TYPES}/nothing`).expect(404);
    await service.api.patch(`${TYPES}/nothing`).send({}).expect(404);
    const { headers } = await define(city).expect(201);
    await service.api
      .patch(`${TYPES}/city`)
      .set('If-Match', headers.etag!)
      .send({ description: 'x' })
      .expect(200);
    await service.api
      .patch(`${TYPES}/city`)
      .set('If-Match', headers.etag!)
      .send({ description: 'y' })
      .expect(412);
    await service.api.delete(`${TYPES}/city`).set('If-Match', headers.etag!).expect(412);
  });

  test('204 or 409: a type goes when nothing uses it', async () => {
    await define(city).expect(201);
    await define({ name: 'road', links: [{ relation: 'leads_to', to: 'city' }] }).expect(201);
    const made = await service.api.post('/api/v1/entities/city').send({ fields: {} }).expect(201);
    expect((await service.api.delete(`${TYPES}/city`).expect(409)).body.code).toBe('type_in_use');
    await service.api.delete(made.headers.location!).expect(204);
    expect((await service.api.delete(`${TYPES}/city`).expect(409)).body.code).toBe('type_in_use');
    await service.api.delete(`${TYPES}/road`).expect(204);
    await service.api.delete(`${TYPES}/city`).expect(204);
    await service.api.get(`${TYPES}/city`).expect(404);
    await service.api.get('/api/v1/entities/city').expect(404);
  });

  test('the old paths answer too, with or without a trailing slash', async () => {
    const made = await service.api.post('/entityType/').send(city).expect(201);
    expect(made.body.fields).toMatchObject([{ name: 'name', indexed: true }]); // clients of old search by any field
    await service.api.get('/entityType').expect(200);
    await service.api.get('/entityType/city/').expect(200, made.body);
    await service.api.patch('/entityType/city').send({ description: 'x' }).expect(200);
    await service.api.delete('/entityType/city/').expect(204);
  });
});

test.each([['reader'], ['none']])('permissions: %s', async (role) => {
  const { sqliteTable } = await import('../support/tables.ts');
  const service = await startService(sqliteTable, { ANONYMOUS_ROLE: role });
  const refusedRead = role === 'none' ? 401 : 200;
  await service.api.get(TYPES).expect(refusedRead);
  await service.api.post(TYPES).send({ name: 'x' }).expect(401);
  await service.api.patch(`${TYPES}/x`).send({}).expect(401);
  await service.api.delete(`${TYPES}/x`).expect(401);
  await service.close();
});
