import { onEveryEdition } from '../support/every-edition.ts';
import { FULL, PEOPLE, PERSON, UNKNOWN } from '../support/person-type.ts';
import { startService, type TestService } from '../support/service.ts';

onEveryEdition('changes of entities', (factory) => {
  let service: TestService;
  beforeEach(async () => {
    service = await startService(factory);
    await service.api.post('/api/v1/entity-types').send(PERSON).expect(201);
  });
  afterEach(() => service.close());

  const create = (fields: object, more: object = {}) => service.api.post(PEOPLE).send({ fields, ...more });
  const at = (uuid: string) => `${PEOPLE}/${uuid}`;

  test('200: PUT replaces, PATCH merges, each counts up and gives a new validator', async () => {
    const made = await create(FULL, { tags: ['x'] }).expect(201);
    const { uuid } = made.body;
    const put = await service.api
      .put(at(uuid))
      .send({ fields: { name: 'Bob', age: 3 } })
      .expect(200);
    expect(put.body).toMatchObject({ version: 2, fields: { name: 'Bob', age: 3, level: 'low' }, tags: [] });
    expect(put.body.fields.email).toBeUndefined();
    const patch = await service.api
      .patch(at(uuid))
      .set('Content-Type', 'application/merge-patch+json')
      .send({ fields: { age: null, extra: { a: 1 } }, tags: ['z'] })
      .expect(200);
    expect(patch.body).toMatchObject({
      version: 3,
      fields: { name: 'Bob', level: 'low', extra: { a: 1 } },
      tags: ['z'],
    });
    expect(patch.body.fields.age).toBeUndefined();
    expect((await service.api.get(at(uuid))).body).toEqual(patch.body);
    const etags = [made, put, patch].map((answer) => answer.headers.etag);
    expect(new Set(etags).size).toBe(3);
    await create({ name: 'New', email: FULL.email }).expect(201); // its owner gave it up
    await service.api
      .patch(at(uuid))
      .send({ fields: { name: null } })
      .expect(422);
    await service.api.put(at(uuid)).send({ fields: {} }).expect(422);
  });

  test('200, 409 and 422: a JSON Patch is applied as a whole or not at all', async () => {
    const { uuid } = (await create({ name: 'Ann', nicknames: ['A'] }, { tags: ['x'] })).body;
    const patch = (operations: unknown) =>
      service.api
        .patch(at(uuid))
        .set('Content-Type', 'application/json-patch+json')
        .send(JSON.stringify(operations));
    const changed = await patch([
      { op: 'test', path: '/fields/name', value: 'Ann' },
      { op: 'add', path: '/fields/nicknames/-', value: 'An' },
      { op: 'replace', path: '/fields/name', value: 'Bob' },
      { op: 'remove', path: '/tags/0' },
    ]).expect(200);
    expect(changed.body).toMatchObject({
      fields: { name: 'Bob', nicknames: ['A', 'An'] },
      tags: [],
      version: 2,
    });
    const failed = await patch([
      { op: 'replace', path: '/fields/name', value: 'Cy' },
      { op: 'test', path: '/fields/name', value: 'Ann' },
    ]).expect(409);
    expect(failed.body).toMatchObject({ code: 'patch_test_failed', errors: [{ pointer: '/1' }] });
    expect((await patch([{ op: 'remove', path: '/fields/shoe' }]).expect(422)).body.code).toBe(
      'invalid_patch',
    );
    expect((await patch([{ op: 'add', path: '/version', value: 9 }]).expect(400)).body.code).toBe(
      'unknown_field',
    );
    await patch([{ op: 'add', path: '/__proto__/polluted', value: 1 }]);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    await patch([{ op: 'jump', path: '/fields' }]).expect(422);
    await patch({ fields: {} }).expect(400);
    await service.api.patch(at(uuid)).send([]).expect(400);
    expect((await service.api.get(at(uuid))).body).toEqual(changed.body);
  });

  test('a hundred concurrent patches of one entity: none lost', async () => {
    const { uuid } = (await create({ name: 'Ann', extra: {} })).body;
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        service.api.patch(at(uuid)).send({ fields: { extra: { [`k${i}`]: i } } }),
      ),
    );
    const won = outcomes.filter((answer) => answer.status === 200).length;
    expect(outcomes.every((answer) => answer.status === 200 || answer.status === 409)).toBe(true);
    const { body } = await service.api.get(at(uuid));
    expect(Object.keys(body.fields.extra)).toHaveLength(won);
    expect(body.version).toBe(won + 1);
  });

  test('412: preconditions that do not hold; 304 when nothing is new', async () => {
    const made = await create({ name: 'Ann' }).expect(201);
    const { uuid } = made.body;
    const { etag } = made.headers as { etag: string };
    await service.api.get(at(uuid)).set('If-None-Match', etag).expect(304);
    await service.api
      .patch(at(uuid))
      .set('If-Match', etag)
      .send({ fields: { age: 1 } })
      .expect(200);
    for (const [method, body] of [
      ['put', { fields: { name: 'Xy' } }],
      ['patch', {}],
      ['delete', undefined],
    ] as const) {
      const refused = await service.api[method](at(uuid)).set('If-Match', etag).send(body).expect(412);
      expect(refused.body.code).toBe('precondition_failed');
    }
    await service.api
      .put(at(uuid))
      .set('If-None-Match', '*')
      .send({ fields: { name: 'Xy' } })
      .expect(412);
    await service.api.delete(at(uuid)).set('If-Match', '*').expect(204);
    const chosen = await service.api
      .put(at(UNKNOWN))
      .set('If-None-Match', '*')
      .send({ fields: { name: 'Xy' } })
      .expect(201);
    expect(chosen.body.uuid).toBe(UNKNOWN);
  });
});
