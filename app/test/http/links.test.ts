import { onEveryEdition } from '../support/every-edition.ts';
import { startService, type TestService } from '../support/service.ts';

const UNKNOWN = '0190163d-8694-739b-aea5-966c26f8ad90';

onEveryEdition('links over HTTP', (factory) => {
  let service: TestService;
  let hub: string;
  const path = (uuid: string, rest = '') => `/api/v1/entities/node/${uuid}${rest}`;
  const make = async () =>
    (await service.api.post('/api/v1/entities/node').send({}).expect(201)).body.uuid as string;
  const link = (from: string, to: string, more: object = {}) =>
    service.api.post(path(from, '/links')).send({ relation: 'near', type: 'node', uuid: to, ...more });

  beforeEach(async () => {
    service = await startService(factory);
    const links = [{ relation: 'near', to: 'node', inverse: 'near_to' }];
    await service.api.post('/api/v1/entity-types').send({ name: 'node', links }).expect(201);
    hub = await make();
  });
  afterEach(() => service.close());

  test('201 with an address under which the link can be removed, 204, then 404', async () => {
    const other = await make();
    const made = await link(hub, other, { properties: { km: 3 } }).expect(201);
    expect(made.body).toEqual({
      relation: 'near',
      direction: 'out',
      inverse: 'near_to',
      type: 'node',
      uuid: other,
      properties: { km: 3 },
    });
    await service.api.delete(made.headers.location!).expect(204);
    await service.api.delete(made.headers.location!).expect(404);
  });

  test('201 once with an Idempotency-Key, 409 without', async () => {
    const other = await make();
    await link(hub, other).set('Idempotency-Key', 'x').expect(201);
    const again = await link(hub, other).set('Idempotency-Key', 'x').expect(201);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect((await link(hub, other).expect(409)).body.code).toBe('already_linked');
  });

  test('400, 404 and 422: what cannot be linked', async () => {
    const other = await make();
    await service.api.post(path(hub, '/links')).send({ relation: 'near' }).expect(422);
    await link(hub, other, { surprise: 1 }).expect(400);
    await link(hub, 'x').expect(422);
    expect((await link(hub, UNKNOWN).expect(422)).body).toMatchObject({
      code: 'unknown_entity',
      errors: [{ pointer: '/uuid' }],
    });
    expect((await link(hub, other, { relation: 'far' }).expect(422)).body.code).toBe('unknown_relation');
    expect((await link(hub, other, { type: 'nothing' }).expect(422)).body.errors[0].pointer).toBe('/type');
    await link(UNKNOWN, other).expect(404);
    await service.api.get(path(UNKNOWN, '/links')).expect(404);
    await service.api.delete(path(UNKNOWN, `/links/near/${hub}`)).expect(404);
    await service.api.delete(path(hub, `/links/near/${UNKNOWN}`)).expect(404);
  });

  test('200: the first hundred stand in the entity, all of them in its links, page by page', async () => {
    const others: string[] = [];
    for (let i = 0; i < 103; i++) {
      others.push(await make());
      await link(i % 2 ? hub : others[i]!, i % 2 ? others[i]! : hub).expect(201);
    }
    const { body } = await service.api.get(path(hub)).expect(200);
    expect(body.links).toHaveLength(100);
    expect(body.links_truncated).toBe(true);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const query = { limit: 40, ...(cursor ? { cursor } : {}) };
      const page: { body: { items: { uuid: string }[]; next_cursor: string | null } } = await service.api
        .get(path(hub, '/links'))
        .query(query)
        .expect(200);
      seen.push(...page.body.items.map((item) => item.uuid));
      cursor = page.body.next_cursor;
    } while (cursor !== null);
    expect(seen.toSorted()).toEqual(others.toSorted());
    const filtered = await service.api
      .get(path(hub, '/links'))
      .query({ relation: 'near_to', type: 'node', limit: 1000 });
    expect(filtered.body.items).toHaveLength(103);
    const none = await service.api.get(path(hub, '/links')).query({ type: 'other' }).expect(200);
    expect(none.body).toEqual({ items: [], next_cursor: null });
  });
});
