import { onEveryEdition } from '../support/every-edition.ts';
import { FULL, PEOPLE, PERSON, UNKNOWN } from '../support/person-type.ts';
import { startService, type TestService } from '../support/service.ts';

onEveryEdition('entities', (factory) => {
  let service: TestService;
  beforeEach(async () => {
    service = await startService(factory);
    await service.api.post('/api/v1/entity-types').send(PERSON).expect(201);
  });
  afterEach(() => service.close());

  const create = (fields: object, more: object = {}) => service.api.post(PEOPLE).send({ fields, ...more });
  const at = (uuid: string) => `${PEOPLE}/${uuid}`;

  test('201: every field type comes back as it was given, in its stored form', async () => {
    const made = await create(FULL, { tags: ['x', 'y'], owners: { organisations: ['default'] } }).expect(201);
    expect(made.headers.location).toBe(at(made.body.uuid));
    expect(made.body).toMatchObject({
      type: 'person',
      fields: { ...FULL, seen: '2026-01-01T00:30:00.25Z', badge: UNKNOWN },
      links: [],
      tags: ['x', 'y'],
      owners: { users: [], groups: [], organisations: ['default'] },
      organisation: 'default',
      version: 1,
      type_version: 1,
    });
    const read = await service.api.get(at(made.body.uuid)).expect(200);
    expect(read.body).toEqual(made.body);
    expect(read.headers.etag).toBe(made.headers.etag);
  });

  test('201: defaults are filled in, null means absent', async () => {
    const made = await create({ name: 'Bo', level: null, age: null }).expect(201);
    expect(made.body.fields).toEqual({ name: 'Bo' });
    expect((await create({ name: 'Bo' }).expect(201)).body.fields).toEqual({ name: 'Bo', level: 'low' });
  });

  test('201 once: an Idempotency-Key makes one entity, also when used at the same time', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => create({ name: 'Cy' }).set('Idempotency-Key', 'key-1')),
    );
    expect(new Set(answers.map((answer) => `${answer.status} ${answer.body.uuid}`)).size).toBe(1);
    const { body } = await service.api.get(PEOPLE).expect(200);
    expect(body.items).toHaveLength(1);
    expect((await create({ name: 'Di' }).set('Idempotency-Key', 'key-1').expect(422)).body.code).toBe(
      'idempotency_mismatch',
    );
  });

  test('201 with links: both ends at once, or nothing at all', async () => {
    const a = (await create({ name: 'Ann' })).body.uuid;
    const b = await create(
      { name: 'Bob' },
      { links: [{ relation: 'knows', type: 'person', uuid: a }] },
    ).expect(201);
    expect(b.body.links).toEqual([
      { relation: 'knows', direction: 'out', inverse: 'known_by', type: 'person', uuid: a },
    ]);
    const read = await service.api.get(at(a)).expect(200);
    expect(read.body.links).toEqual([
      { relation: 'knows', direction: 'in', inverse: 'known_by', type: 'person', uuid: b.body.uuid },
    ]);
    const links = [a, UNKNOWN].map((uuid) => ({ relation: 'knows', type: 'person', uuid }));
    const refused = await create({ name: 'Cy' }, { links }).expect(422);
    expect(refused.body).toMatchObject({ code: 'unknown_entity', errors: [{ pointer: '/links/1/uuid' }] });
    expect((await service.api.get(PEOPLE)).body.items).toHaveLength(2);
    expect((await service.api.get(at(a))).body).toEqual(read.body);
  });

  test('422: every broken rule is told at once, where it is', async () => {
    const { body } = await create({
      name: 'A',
      email: 'nobody',
      age: -1,
      born: '2023-02-29',
      seen: '2026-01-01',
      level: 'middle',
      balance: '100.51',
      site: 'ftp://x',
      badge: 'x',
      active: 'yes',
      ratio: '1',
      notes: 'longer than ten',
      nicknames: ['ok', 'too long', 'third'],
    }).expect(422);
    expect(body.code).toBe('validation_failed');
    expect(body.errors.map((e: { pointer: string; code: string }) => `${e.pointer} ${e.code}`)).toEqual([
      '/fields/name too_short',
      '/fields/email invalid_email',
      '/fields/age too_small',
      '/fields/born invalid_date',
      '/fields/seen invalid_datetime',
      '/fields/level not_in_enum',
      '/fields/balance too_large',
      '/fields/site invalid_url',
      '/fields/badge invalid_uuid',
      '/fields/active invalid_type',
      '/fields/ratio invalid_type',
      '/fields/notes too_long',
      '/fields/nicknames too_long',
      '/fields/nicknames/1 too_long',
    ]);
    expect((await create({}).expect(422)).body.errors).toMatchObject([
      { pointer: '/fields/name', code: 'required' },
    ]);
  });

  test('400: fields and members that nobody defined', async () => {
    expect((await create({ name: 'Ann', shoe: 1 }).expect(400)).body).toMatchObject({
      code: 'unknown_field',
      errors: [{ pointer: '/fields/shoe', code: 'unknown_field' }],
    });
    for (const member of ['uuid', 'organisation', 'version', 'created_at']) {
      expect((await create({ name: 'Ann' }, { [member]: 'x' }).expect(400)).body.code).toBe('unknown_field');
    }
  });

  test('409: a unique value and its twins have one owner, also under concurrency', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        create({ name: `Person ${i}`, email: i % 2 ? 'One@Example.org' : 'one@example.ORG' }),
      ),
    );
    expect(answers.filter((answer) => answer.status === 201)).toHaveLength(1);
    for (const refused of answers.filter((answer) => answer.status !== 201)) {
      expect(refused.status).toBe(409);
    }
    const again = await create({ name: 'Late', email: 'one@example.org' }).expect(409);
    expect(again.body).toMatchObject({
      code: 'name_taken',
      errors: [{ pointer: '/fields/email', code: 'not_unique' }],
    });
    const owner = answers.find((answer) => answer.status === 201)!.body.uuid;
    await service.api.delete(at(owner)).expect(204);
    await create({ name: 'Late', email: 'one@example.org' }).expect(201);
  });

  test('404: what is not there, or not of this type', async () => {
    await service.api.post('/api/v1/entity-types').send({ name: 'pet' }).expect(201);
    const pet = (await service.api.post('/api/v1/entities/pet').send({}).expect(201)).body.uuid;
    for (const uuid of [UNKNOWN, pet]) {
      await service.api.get(at(uuid)).expect(404);
      await service.api
        .put(at(uuid))
        .send({ fields: { name: 'Ann' } })
        .expect(404);
      await service.api.patch(at(uuid)).send({}).expect(404);
      await service.api.delete(at(uuid)).expect(404);
    }
    await service.api.get('/api/v1/entities/nothing').expect(404);
    await service.api.post('/api/v1/entities/nothing').send({}).expect(404);
    await service.api.get(`/api/v1/entities/nothing/${UNKNOWN}`).expect(404);
    await service.api.get(at('not-a-uuid')).expect(400);
  });

  test('422 item_too_large: nothing beyond what the store can hold', async () => {
    const chunk = 'x'.repeat(250_000);
    const { uuid } = (await create({ name: 'Ann', extra: { a: chunk } }).expect(201)).body;
    const refused = await service.api
      .patch(at(uuid))
      .send({ fields: { extra: { b: chunk } } })
      .expect(422);
    expect(refused.body.code).toBe('item_too_large');
    expect((await service.api.get(at(uuid))).body.version).toBe(1);
  });

  test('200: lists are paged in the order of creation', async () => {
    const made: string[] = [];
    for (let i = 0; i < 7; i++) made.push((await create({ name: `Person ${i}` })).body.uuid);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const { body }: { body: { items: { uuid: string }[]; next_cursor: string | null } } = await service.api
        .get(PEOPLE)
        .query({ limit: 3, ...(cursor ? { cursor } : {}) })
        .expect(200);
      seen.push(...body.items.map((item) => item.uuid));
      cursor = body.next_cursor;
    } while (cursor !== null);
    expect(seen).toEqual(made);
  });

  test('the old paths of the registry answer too', async () => {
    const made = await service.api
      .post('/entity/person/')
      .send({ fields: { name: 'Ann' } })
      .expect(201);
    const path = `/entity/person/${made.body.uuid}`;
    await service.api.get(`${path}/`).expect(200, made.body);
    await service.api
      .patch(path)
      .send({ fields: { name: 'Bob' } })
      .expect(200);
    const found = await service.api
      .get('/entity/person/search/')
      .query({ fields: 'name="Bob"', limit: 1 })
      .expect(200);
    expect(found.body.items).toHaveLength(1);
    await service.api.delete(`${path}/`).expect(204);
    await service.api.get(path).expect(404);
  });

  test('400 with the position: a search expression that cannot be read', async () => {
    const search = (fields: string) => service.api.get(`${PEOPLE}/search`).query({ fields });
    const broken = { 'age>>3': 4, 'age=': 4, '=3': 0, 'name="a': 5, 'age=1,,': 6, 'name="a"x': 8, age: 3 };
    for (const [text, position] of Object.entries(broken)) {
      const { body } = await search(text).expect(400);
      expect({ text, code: body.code, position: body.position }).toEqual({
        text,
        code: 'invalid_query',
        position,
      });
    }
    for (const text of ['shoe=1', 'age=x', 'age^=1', 'extra=1', 'active=true', 'born>2023-02-30']) {
      expect((await search(text).expect(400)).body.code).toBe('invalid_query');
    }
    await service.api.get(`${PEOPLE}/search`).query({ sort: 'born' }).expect(400);
    await service.api.get(`${PEOPLE}/search`).query({ uuids: 'x' }).expect(400);
    await service.api.get(`${PEOPLE}/search`).query({ links: 'knows:' }).expect(400);
  });
});

test.each([
  ['reader', 200],
  ['none', 401],
])('permissions: %s', async (role, read) => {
  const { sqliteTable } = await import('../support/tables.ts');
  const service = await startService(sqliteTable, { ANONYMOUS_ROLE: role });
  const found = read === 200 ? 404 : 401;
  await service.api.get(PEOPLE).expect(found);
  await service.api.get(`${PEOPLE}/${UNKNOWN}`).expect(found);
  await service.api.get(`${PEOPLE}/search`).expect(found);
  await service.api.post(`${PEOPLE}/search`).send({}).expect(found);
  await service.api.get(`${PEOPLE}/${UNKNOWN}/links`).expect(found);
  await service.api.post(PEOPLE).send({}).expect(401);
  await service.api.put(`${PEOPLE}/${UNKNOWN}`).send({}).expect(401);
  await service.api.patch(`${PEOPLE}/${UNKNOWN}`).send({}).expect(401);
  await service.api.delete(`${PEOPLE}/${UNKNOWN}`).expect(401);
  await service.api.post(`${PEOPLE}/${UNKNOWN}/links`).send({}).expect(401);
  await service.api.delete(`${PEOPLE}/${UNKNOWN}/links/knows/${UNKNOWN}`).expect(401);
  await service.close();
});
