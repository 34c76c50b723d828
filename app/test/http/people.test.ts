import { onEveryEdition } from '../support/every-edition.ts';
import { personOf } from '../support/record-scenario.ts';
import { startService, type TestService } from '../support/service.ts';

const PEOPLE = '/api/v1/people';

onEveryEdition('people', (factory) => {
  let service: TestService;
  beforeEach(async () => {
    service = await startService(factory);
  });
  afterEach(() => service.close());
  const create = (body: object) => service.api.post(PEOPLE).send(body);

  test('namesakes are kept apart, each under its own uuid', async () => {
    const [first, second] = [
      await create(personOf('Ada')).expect(201),
      await create(personOf('Ada')).expect(201),
    ];
    expect(first.body.uuid).not.toBe(second.body.uuid);
    expect(first.body).toMatchObject({ ...personOf('Ada'), version: 1 });
    await service.api.delete(`${PEOPLE}/${first.body.uuid}`).expect(204);
    await service.api.get(`${PEOPLE}/${first.body.uuid}`).expect(404);
    await service.api.get(`${PEOPLE}/${second.body.uuid}`).expect(200);
  });

  test('422: a birth date is a real day, and not in the future', async () => {
    for (const [person_birthdate, code] of [
      ['2024-02-30', 'invalid_date'],
      ['tomorrow', 'invalid_date'],
      ['2999-01-01', 'in_the_future'],
    ]) {
      const { body } = await create(personOf('Ada', { person_birthdate })).expect(422);
      expect(body.errors).toMatchObject([{ pointer: '/person_birthdate', code }]);
    }
  });

  test('search by surname, prefix, name and day of birth', async () => {
    const born = (person_birthdate: string) => ({ person_birthdate });
    await create(personOf('Ada', { person_surname: 'Lovelace', ...born('1815-12-10') })).expect(201);
    await create(personOf('Alan', { person_surname: 'Loveland', ...born('1912-06-23') })).expect(201);
    await create(personOf('Grace', { person_surname: 'Hopper', ...born('1906-12-09') })).expect(201);
    const names = async (query: object) => {
      const { body } = await service.api.get(PEOPLE).query(query).expect(200);
      return body.items.map((person: { person_name: string }) => person.person_name).sort();
    };
    expect(await names({ person_surname: 'Lovelace' })).toEqual(['Ada']);
    expect(await names({ person_surname_prefix: 'Love' })).toEqual(['Ada', 'Alan']);
    expect(await names({ person_name: 'Grace' })).toEqual(['Grace']);
    expect(await names({ born_from: '1906-12-09', born_to: '1912-06-23' })).toEqual(['Alan', 'Grace']);
    expect(await names({ person_surname_prefix: 'Love', born_from: '1900-01-01' })).toEqual(['Alan']);
    await service.api.get(PEOPLE).query({ born_from: '1900-02-30' }).expect(400);
  });

  test('what a flat record does not show stays through a change of it', async () => {
    const { body } = await create(personOf('Ada')).expect(201);
    const entity = `/api/v1/entities/people/${body.uuid}`;
    await service.api
      .patch(entity)
      .send({ tags: ['x'] })
      .expect(200);
    await service.api.put(`${PEOPLE}/${body.uuid}`).send(personOf('Eve')).expect(200);
    await service.api.patch(`${PEOPLE}/${body.uuid}`).send({ person_address: 'Elsewhere' }).expect(200);
    const after = await service.api.get(entity).expect(200);
    expect(after.body).toMatchObject({
      tags: ['x'],
      fields: { person_name: 'Eve', person_address: 'Elsewhere' },
    });
  });

  test('a JSON Patch speaks of the flat record', async () => {
    const { body } = await create(personOf('Ada')).expect(201);
    const patch = (operations: object[]) =>
      service.api
        .patch(`${PEOPLE}/${body.uuid}`)
        .set('Content-Type', 'application/json-patch+json')
        .send(JSON.stringify(operations));
    const changed = await patch([{ op: 'replace', path: '/person_name', value: 'Eve' }]).expect(200);
    expect(changed.body.person_name).toBe('Eve');
    await patch([{ op: 'test', path: '/person_name', value: 'Ada' }]).expect(409);
    await patch([{ op: 'add', path: '/admin', value: true }]).expect(400);
    await patch([{ op: 'replace', path: '', value: 3 }]).expect(422);
  });

  test('built-in types stay as they are', async () => {
    const { body } = await service.api.get('/api/v1/entity-types/people').expect(200);
    expect(body).toMatchObject({ name: 'people', organisation: '*' });
    expect(body.rules).toBeUndefined();
    await service.api
      .patch('/api/v1/entity-types/people')
      .send({ tags: ['x'] })
      .expect(409);
    await service.api.delete('/api/v1/entity-types/people').expect(409);
    await service.api
      .post('/api/v1/entity-types')
      .send({ name: 'visit', links: [{ relation: 'of', to: 'people' }] })
      .expect(201);
  });
});
