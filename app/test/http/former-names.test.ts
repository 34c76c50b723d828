import { onEveryEdition } from '../support/every-edition.ts';
import { startService, type TestService } from '../support/service.ts';
import { type ShiftedClock, shiftedClock } from '../support/shifted-clock.ts';

const TYPE = '/api/v1/entity-types/city';
const CITIES = '/api/v1/entities/city';
const PERIOD_MS = 90 * 86_400_000;

onEveryEdition('former names of fields', (factory) => {
  let clock: ShiftedClock;
  let service: TestService;
  let uuid: string;
  beforeEach(async () => {
    clock = shiftedClock();
    service = await startService(factory, {}, clock);
    const fields = [
      { name: 'people', type: 'integer', indexed: true },
      { name: 'state', type: 'string' },
    ];
    await service.api.post('/api/v1/entity-types').send({ name: 'city', fields }).expect(201);
    uuid = (
      await service.api
        .post(CITIES)
        .send({ fields: { people: 5, state: 'x' } })
        .expect(201)
    ).body.uuid;
    await rename('people', 'inhabitants');
  });
  afterEach(() => service.close());

  const rename = (id: string, name: string) =>
    service.api
      .patch(TYPE)
      .send({ fields: [{ id, name }] })
      .expect(200);
  const patch = (body: object, type = 'application/merge-patch+json') =>
    service.api.patch(`${CITIES}/${uuid}`).type(type).send(JSON.stringify(body));
  const inhabitants = async () =>
    (await service.api.get(`${CITIES}/${uuid}`).expect(200)).body.fields.inhabitants;

  test('are told by the definition, and flagged as deprecated by the description', async () => {
    const { body } = await service.api.get(TYPE).expect(200);
    const [{ former_names }] = body.fields;
    expect(former_names).toEqual([{ name: 'people', until: expect.any(String) }]);
    expect(Date.parse(former_names[0].until)).toBeGreaterThan(clock.now() + PERIOD_MS - 60_000);
    const { body: document } = await service.api.get('/openapi.json').expect(200);
    expect(JSON.stringify(document)).toContain('Former name of inhabitants, accepted until');
  });

  test('are accepted wherever a field is named; answers use the name of today', async () => {
    const made = await service.api
      .post(CITIES)
      .send({ fields: { people: 7 } })
      .expect(201);
    expect(made.body.fields).toEqual({ inhabitants: 7 });
    await service.api
      .put(`${CITIES}/${uuid}`)
      .send({ fields: { people: 8 } })
      .expect(200);
    expect(await inhabitants()).toBe(8);
    const found = await service.api
      .get(`${CITIES}/search`)
      .query({ fields: 'people>7', sort: 'people' })
      .expect(200);
    expect(found.body.items.map((item: { uuid: string }) => item.uuid)).toEqual([uuid]);
    const csv = await service.api.post(`${CITIES}/upload`).type('text/csv').send('people\n11\n').expect(200);
    expect(csv.body).toMatchObject({ created: 1 });
    const rows = JSON.stringify([{ uuid, fields: { people: 12 }, partial: true }]);
    await service.api.post(`${CITIES}/upload`).type('application/json').send(rows).expect(200);
  });

  test('are accepted in patches of both kinds', async () => {
    await patch({ fields: { people: 9 } }).expect(200);
    expect(await inhabitants()).toBe(9);
    await patch([{ op: 'replace', path: '/fields/people', value: 10 }], 'application/json-patch+json').expect(
      200,
    );
    expect(await inhabitants()).toBe(10);
    await patch({ fields: { state: 'y' } }).expect(200);
    expect(await inhabitants()).toBe(10);
    await patch({ fields: { inhabitants: 11 } }).expect(200);
    expect(await inhabitants()).toBe(11);
    await patch({ fields: { people: null } }).expect(200);
    expect(await inhabitants()).toBeUndefined();
    await patch({ fields: { people: 3 } }).expect(200);
    expect(await inhabitants()).toBe(3);
  });

  test('422: two names with two values', async () => {
    const { body } = await service.api
      .post(CITIES)
      .send({ fields: { people: 1, inhabitants: 2 } })
      .expect(422);
    expect(body.errors).toEqual([expect.objectContaining({ pointer: '/fields/people', code: 'duplicate' })]);
    await patch({ fields: { people: 1, inhabitants: 2 } }).expect(422);
    await service.api
      .post(CITIES)
      .send({ fields: { people: 2, inhabitants: 2 } })
      .expect(201);
  });

  test('go to a field that is called so now', async () => {
    await rename('state', 'people');
    await service.api
      .post(CITIES)
      .send({ fields: { people: 'z', inhabitants: 1 } })
      .expect(201);
    const { body } = await service.api.get(TYPE).expect(200);
    expect(body.fields[0].former_names).toBeUndefined();
    expect(body.fields[1].former_names).toEqual([{ name: 'state', until: expect.any(String) }]);
  });

  test('are over after their time', async () => {
    clock.advance(PERIOD_MS);
    const { body } = await service.api
      .post(CITIES)
      .send({ fields: { people: 7 } })
      .expect(400);
    expect(body.code).toBe('unknown_field');
    await service.api.get(`${CITIES}/search`).query({ fields: 'people=7' }).expect(400);
    expect(
      (await service.api.get(TYPE).set('Cache-Control', 'no-cache').expect(200)).body.fields[0].former_names,
    ).toBeUndefined();
  });
});
