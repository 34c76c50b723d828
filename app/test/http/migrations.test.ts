import { eventually } from '../support/eventually.ts';
import { onEveryEdition } from '../support/every-edition.ts';
import { startService, type TestService } from '../support/service.ts';
import { type ShiftedClock, shiftedClock } from '../support/shifted-clock.ts';

const TYPES = '/api/v1/entity-types';
const PATH = `${TYPES}/part/migrations`;
const UNKNOWN = '11111111-1111-4111-8111-111111111111';
const SETTLED_MS = 60_000;
const toInteger = { fields: [{ name: 'size', type: 'integer' }] };
const part = { name: 'part', fields: [{ name: 'size', type: 'string', indexed: true }] };

onEveryEdition('migrations', (factory) => {
  let clock: ShiftedClock;
  let service: TestService;
  beforeEach(async () => {
    clock = shiftedClock();
    service = await startService(factory, {}, clock);
    await service.api.post(TYPES).send(part).expect(201);
  });
  afterEach(() => service.close());

  const start = (body: object = toInteger) => service.api.post(PATH).send(body);
  const steer = (id: string, action: string) => service.api.post(`${PATH}/${id}/${action}`);
  const stateOf = async (id: string) => (await service.api.get(`${PATH}/${id}`).expect(200)).body.state;

  /** Lets the service work until the migration is in this state. */
  async function reaches(id: string, state: string): Promise<void> {
    clock.advance(SETTLED_MS);
    await eventually(async () => (await stateOf(id)) === state);
  }

  test('202: the service migrates in the background, and there is a way back', async () => {
    const made = await service.api.post('/api/v1/entities/part').send({ fields: { size: '042' } });
    const entity = made.headers.location!;
    const first = await service.api.get(entity).expect(200);
    const { body, headers } = await start().expect(202);
    expect(headers.location).toBe(`${PATH}/${body.id}`);
    expect(body).toMatchObject({ type: 'part', state: 'filling', dry_run: false, ...toInteger });
    await reaches(body.id, 'switched');
    const second = await service.api.get(entity).set('If-None-Match', first.headers.etag!).expect(200);
    expect(second.body).toEqual({ ...first.body, fields: { size: 42 } });
    const { body: switched } = await service.api.get(`${PATH}/${body.id}`).expect(200);
    expect(Date.parse(switched.rollback_until)).toBeGreaterThan(clock.now());
    await steer(body.id, 'rollback').expect(200);
    await reaches(body.id, 'clearing');
    await reaches(body.id, 'rolled_back');
    await service.api.get(entity).set('If-None-Match', first.headers.etag!).expect(304);
  });

  test('200: what is left of the old fields can go early', async () => {
    const { body } = await start().expect(202);
    await reaches(body.id, 'switched');
    const { body: finishing } = await steer(body.id, 'finish').expect(200);
    expect(finishing.state).toBe('clearing');
    await reaches(body.id, 'completed');
  });

  test('202 once: the same Idempotency-Key replays the answer', async () => {
    const first = await start().set('Idempotency-Key', '"k"').expect(202);
    const second = await start().set('Idempotency-Key', '"k"').expect(202);
    expect(second.body).toEqual(first.body);
    expect(second.headers['idempotency-replayed']).toBe('true');
  });

  test('200: listed by type, the newest first, in pages', async () => {
    await service.api.post(TYPES).send({ ...part, name: 'other' });
    const ids: string[] = [];
    for (let n = 0; n < 3; n++) ids.push((await start({ ...toInteger, dry_run: true }).expect(202)).body.id);
    await service.api.post(`${TYPES}/other/migrations`).send(toInteger).expect(202);
    const { body: page } = await service.api.get(PATH).query({ limit: 2 }).expect(200);
    expect(page.items.map(({ id }: { id: string }) => id)).toEqual([ids[2], ids[1]]);
    const cursor = page.next_cursor;
    const { body: rest } = await service.api.get(PATH).query({ limit: 2, cursor }).expect(200);
    expect(rest).toMatchObject({ items: [{ id: ids[0] }], next_cursor: null });
  });

  test.each([
    {},
    { fields: [] },
    { fields: [{ name: 'size', id: 'size' }] },
    { fields: [{ name: 'size', convert: { otherwise: 'guess' } }] },
    { fields: [{ name: 'none', type: 'text' }] },
    { fields: [{ name: 'size' }] },
  ])('400 or 422: %j is refused with what is wrong', async (body) => {
    const answer = await start(body);
    expect([400, 422]).toContain(answer.status);
    expect(answer.body.errors.length).toBeGreaterThan(0);
    await service.api.get(PATH).expect(200, { items: [], next_cursor: null });
  });

  test('404: an unknown type, an unknown migration, that of another type', async () => {
    const { body } = await start().expect(202);
    await service.api.post(`${TYPES}/none/migrations`).send(toInteger).expect(404);
    await service.api.get(`${TYPES}/none/migrations`).expect(404);
    await service.api.get(`${PATH}/${UNKNOWN}`).expect(404);
    await service.api.get(`${TYPES}/other/migrations/${body.id}`).expect(404);
    await steer(UNKNOWN, 'pause').expect(404);
  });

  test('409: one at a time, none of built-in types, and only what its state allows', async () => {
    const { body } = await start().expect(202);
    expect((await start().expect(409)).body).toMatchObject({
      code: 'migration_in_progress',
      migration: body.id,
    });
    const builtIn = service.api.post(`${TYPES}/products/migrations`);
    expect((await builtIn.send({ fields: [{ name: 'sku', type: 'text' }] }).expect(409)).body.code).toBe(
      'built_in_type',
    );
    for (const action of ['resume', 'rollback', 'finish'])
      expect((await steer(body.id, action).expect(409)).body.code).toBe('wrong_state');
    const patch = { fields: [{ name: 'size', id: 'size', indexed: true }] };
    await service.api.patch(`${TYPES}/part`).send(patch).expect(409);
  });
});

onEveryEdition('migrations and rights', (factory) => {
  test('403: who may only read types can watch a migration and nothing more', async () => {
    const service = await startService(factory, { ANONYMOUS_ROLE: 'reader' });
    const admin = await service.administrator();
    await service.api.post(TYPES).set(admin).send(part).expect(201);
    const { body } = await service.api.post(PATH).set(admin).send(toInteger).expect(202);
    await service.api.get(`${PATH}/${body.id}`).expect(200);
    for (const path of [
      '',
      ...['pause', 'resume', 'cancel', 'rollback', 'finish'].map((action) => `/${body.id}/${action}`),
    ])
      expect((await service.api.post(PATH + path).send(toInteger)).status).toBe(401);
    await service.close();
  });
});
