import type { Clock } from '../../src/kernel/ports.ts';
import {
  type AccountsService,
  type Auth,
  administrator,
  only,
  startAccounts,
  userOf,
} from '../support/accounts.ts';
import { eventually } from '../support/eventually.ts';
import { onEveryEdition } from '../support/every-edition.ts';

const TYPES = '/api/v1/entity-types';
const PARTS = '/api/v1/entities/part';
const JOB_MS = 5_000;

/** Real time that can be moved on, in which the pauses of background jobs are short. */
function hurriedClock(): Clock & { advance(ms: number): void } {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms >= JOB_MS ? 20 : ms).unref()),
    advance(ms) {
      ahead += ms;
    },
  };
}

const place = { name: 'place', fields: [{ name: 'name', type: 'string', indexed: true }] };
const part = {
  name: 'part',
  fields: [{ name: 'n', type: 'integer', indexed: true, unique: true }],
  links: [
    { relation: 'of', to: 'part', inverse: 'has', on_delete: 'restrict' },
    { relation: 'at', to: 'place', inverse: 'holds' },
  ],
};

onEveryEdition('deleting a type with its entities', (factory) => {
  let clock: ReturnType<typeof hurriedClock>;
  let service: AccountsService;
  beforeEach(async () => {
    clock = hurriedClock();
    service = await startAccounts(factory, { clock });
    await service.api.post(TYPES).send(place).expect(201);
    await service.api.post(TYPES).send(part).expect(201);
  });
  afterEach(() => service.close());

  const force = (path = `${TYPES}/part`) => service.api.delete(path).query({ force: true });

  /** Parts that are linked among themselves, and from both ends with five places. */
  async function fill(count: number): Promise<{ places: string[]; parts: string[] }> {
    const { api } = service;
    const places: string[] = [];
    for (let n = 0; n < 5; n++) {
      const made = await api
        .post('/api/v1/entities/place')
        .send({ fields: { name: `p${n}` } })
        .expect(201);
      places.push(made.body.uuid);
    }
    const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
    const rows = Array.from({ length: count }, (_, n) => ({
      uuid: uuid(n),
      fields: { n },
      links: [
        { relation: 'at', type: 'place', uuid: places[n % 5] },
        ...(n % 4 === 0 ? [] : [{ relation: 'of', type: 'part', uuid: uuid(n - (n % 4)) }]),
      ],
    }));
    const sent = await api.post(`${PARTS}/upload`).send(rows).expect(200);
    expect(sent.body).toMatchObject({ created: count, failed: 0 });
    const link = { relation: 'holds', type: 'part', uuid: uuid(1) };
    await api.post(`/api/v1/entities/place/${places[0]}/links`).send(link).expect(201);
    return { places, parts: rows.map((row) => row.uuid) };
  }

  test('204: all of it is absent at once on every instance, links at other ends go, the name is free later', async () => {
    const { places, parts } = await fill(200);
    const other = await service.another();
    const gone = [
      `${TYPES}/part`,
      `${PARTS}/${parts[0]}`,
      `${PARTS}/${parts[1]}/links`,
      PARTS,
      `${PARTS}/search?fields=n>=0`,
      `${PARTS}/download`,
      '/entityType/part',
      `/entity/part/${parts[0]}`,
    ];
    for (const api of [service.api, other]) for (const path of gone) await api.get(path).expect(200);
    const before = await service.api.get('/api/v1/entities/place').expect(200);
    expect(before.body.items[0].links.length).toBeGreaterThan(10);
    expect((await service.api.delete(`${TYPES}/part`).expect(409)).body.code).toBe('type_in_use');

    await force().expect(204);
    for (const api of [service.api, other]) {
      for (const path of gone) await api.get(path).expect(404);
      await api
        .post(PARTS)
        .send({ fields: { n: 1 } })
        .expect(404);
      await api
        .patch(`${PARTS}/${parts[0]}`)
        .send({ fields: { n: 1 } })
        .expect(404);
      await api.delete(`${PARTS}/${parts[0]}`).expect(404);
      await api.patch(`${TYPES}/part`).send({ description: '' }).expect(404);
      const { body } = await api.get(TYPES).expect(200);
      expect(body.items.map((type: { name: string }) => type.name)).not.toContain('part');
    }
    await force().expect(404);
    const taken = await service.api.post(TYPES).send({ name: 'PART' }).expect(409);
    expect(taken.body).toMatchObject({
      code: 'name_taken',
      detail: expect.stringContaining('still being deleted'),
    });
    expect(taken.headers['retry-after']).toBe('60');

    await eventually(async () => {
      const { body } = await other.get('/api/v1/entities/place').expect(200);
      return body.items.every(({ links }: { links: unknown[] }) => links.length === 0);
    });
    for (const uuid of places) await service.api.get(`/api/v1/entities/place/${uuid}`).expect(200);

    clock.advance(60_000);
    await eventually(async () => (await service.api.post(TYPES).send(part)).status === 201);
    expect((await other.get(PARTS).expect(200)).body.items).toEqual([]);
    await other
      .post(PARTS)
      .send({ fields: { n: 1 } })
      .expect(201);
  }, 30_000);

  test('204 at the old path, and for a type without entities', async () => {
    await fill(3);
    await force('/entityType/part').expect(204);
    await service.api.get('/entityType/part').expect(404);
    await force(`${TYPES}/place`).expect(204);
    await service.api.get(`${TYPES}/place`).expect(404);
  });

  test('400, 404, 409, 412: what else stands in the way still does', async () => {
    await fill(3);
    await service.api.delete(`${TYPES}/part`).query({ force: 'maybe' }).expect(400);
    await force(`${TYPES}/nothing`).expect(404);
    expect((await force(`${TYPES}/place`).expect(409)).body).toMatchObject({
      code: 'type_in_use',
      detail: 'The type part declares links to place.',
    });
    expect((await force(`${TYPES}/people`).expect(409)).body.code).toBe('built_in_type');
    await force().set('If-Match', '"9-000000000000"').expect(412);
    const { headers } = await service.api.get(`${TYPES}/part`).expect(200);
    await force().set('If-Match', String(headers.etag)).expect(204);
  });

  test('403: who may not delete the entities, and who does not own them', async () => {
    const { api } = service;
    const { parts } = await fill(3);
    const admin = await administrator(service);
    const role = { name: 'modeller', scopes: ['types:read', 'types:write', 'entities:read'] };
    await api.post('/api/v1/roles').set(only(admin)).send(role).expect(201);
    const as = async (email: string, name: string): Promise<Auth> =>
      only(await userOf(api, admin, { email, role: name }));
    const modeller = await as('modeller@example.com', 'modeller');
    for (const path of [`${TYPES}/part`, '/entityType/part']) {
      const { body } = await force(path).set(modeller).expect(403);
      expect(body.detail).toContain('entities:write');
    }
    expect((await api.delete(`${TYPES}/part`).set(modeller).expect(409)).body.code).toBe('type_in_use');
    const me = await api.get('/api/v1/auth/me').set(only(admin)).expect(200);
    await api.put(`${PARTS}/${parts[1]}/owners/users/${me.body.uuid}`).set(only(admin)).expect(200);
    const editor = await as('editor@example.com', 'editor');
    expect((await force().set(editor).expect(403)).body.code).toBe('not_an_owner');
    await api.get(`${PARTS}/${parts[0]}`).expect(200);
    await force().set(only(admin)).expect(204);
    await api.get(`${PARTS}/${parts[0]}`).expect(404);
  });
});
