import type { Table } from '../../src/table/table.ts';
import { dyingAt } from '../support/dying-table.ts';
import { onEveryEngine } from '../support/every-engine.ts';
import { brokenLinks } from '../support/link-integrity.ts';
import { belongsTo, type RecordedTable, recordedTable } from '../support/recorded-table.ts';
import { admin, type Registry, registryOver } from '../support/registry.ts';
import { type TestClock, testClock } from '../support/test-clock.ts';

const MINUTE = 60_000;

async function defineTypes(registry: Registry): Promise<void> {
  await registry.call('createEntityType', { body: { name: 'place' } });
  const fields = [
    { name: 'n', type: 'integer', indexed: true },
    { name: 'code', type: 'string', unique: true },
  ];
  const links = [
    { relation: 'of', to: 'part', inverse: 'has', on_delete: 'restrict' },
    { relation: 'at', to: 'place', inverse: 'holds', cardinality: 'many_to_one' },
  ];
  await registry.call('createEntityType', { body: { name: 'part', fields, links } });
}

async function make(registry: Registry, type: string, body: object): Promise<string> {
  const answer = await registry.call('createEntity', { params: { type }, body });
  return (answer.body as { uuid: string }).uuid;
}

/** Parts in a chain of restricting links, all of them at one place. */
async function makeParts(registry: Registry, count: number, place: string): Promise<string[]> {
  const parts: string[] = [];
  for (let n = 0; n < count; n++) {
    const last = parts.at(-1);
    const links = [
      { relation: 'at', type: 'place', uuid: place },
      ...(last === undefined ? [] : [{ relation: 'of', type: 'part', uuid: last }]),
    ];
    parts.push(await make(registry, 'part', { fields: { n, code: `c${n}` }, links, tags: ['spare'] }));
  }
  return parts;
}

const force = (registry: Registry) =>
  registry.call('deleteEntityType', { params: { name: 'part' }, query: { force: true } });

const isKnown = (registry: Registry) =>
  registry.call('getEntityType', { params: { name: 'part' } }).then(
    () => true,
    (error) => {
      if (error.kind !== 'absent') throw error;
      return false;
    },
  );

/** Lets everything run that is still to be done. */
async function finish(table: Table, clock: TestClock): Promise<void> {
  for (let n = 0; n < 3; n++) {
    clock.advance(MINUTE);
    await registryOver(table, { clock }).clearTypes();
  }
}

async function expectNothingLeft(table: RecordedTable, others: readonly string[]): Promise<void> {
  const left = await table.remains();
  expect(left.filter(belongsTo('part')).map(({ pk, sk }) => `${pk} ${sk}`)).toEqual([]);
  expect(left.filter((item) => item.kind === 'doomed_type')).toEqual([]);
  expect(await brokenLinks(table, others)).toEqual([]);
}

onEveryEngine('a type that is deleted with its entities', (factory) => {
  let clock: TestClock;
  let table: RecordedTable;
  let close: () => Promise<void>;
  let registry: Registry;
  let place: string;
  beforeEach(async () => {
    clock = testClock();
    const fresh = await factory({ clock });
    close = fresh.close;
    table = recordedTable(fresh.table);
    registry = registryOver(table, { clock });
    await defineTypes(registry);
    place = await make(registry, 'place', {});
  });
  afterEach(() => close());

  test('is absent at once, and its name is free when the last writer has given up', async () => {
    await makeParts(registry, 30, place);
    await force(registry);
    expect(await isKnown(registry)).toBe(false);
    const again = { body: { name: 'part' } };
    await registry.clearTypes();
    await expect(registry.call('createEntityType', again)).rejects.toMatchObject({ code: 'name_taken' });
    clock.advance(MINUTE);
    await registry.clearTypes();
    await expectNothingLeft(table, [place]);
    await registry.call('createEntityType', again);
    const { body } = await registry.call('listEntities', { params: { type: 'part' } });
    expect((body as { items: unknown[] }).items).toEqual([]);
  });

  test('takes along what writers add that have not heard of it', async () => {
    const deaf = registryOver(table, { clock }); // remembers the type for ever
    await makeParts(deaf, 5, place);
    const parts = await Promise.all([
      ...Array.from({ length: 20 }, (_, n) => make(deaf, 'part', { fields: { n: 100 + n } })),
      force(registry).then(() => ''),
    ]);
    for (const uuid of parts.slice(0, 3)) {
      const link = { relation: 'of', type: 'part', uuid: parts[10] };
      await deaf
        .call('createLink', { params: { type: 'part', uuid: uuid! }, body: link })
        .catch((error) => expect(['absent', 'invalid']).toContain(error.kind));
    }
    await make(deaf, 'part', { fields: { n: 1 }, links: [{ relation: 'at', type: 'place', uuid: place }] });
    clock.advance(MINUTE / 2);
    await registry.clearTypes();
    await make(deaf, 'part', { fields: { n: 2, code: 'late' } });
    expect((await table.remains()).some(belongsTo('part'))).toBe(true);
    await finish(table, clock);
    await expectNothingLeft(table, [place, ...parts.filter((uuid) => uuid !== '')]);
  });

  test('does not wait for more links than a transaction holds', async () => {
    const [hub] = await makeParts(registry, 1, place);
    const link = { relation: 'of', type: 'part', uuid: hub };
    for (let n = 0; n < 60; n++) await make(registry, 'part', { fields: { n }, links: [link] });
    await force(registry);
    await finish(table, clock);
    await expectNothingLeft(table, [place]);
  });

  test('leaves to another deletion what that has claimed', async () => {
    const parts = await makeParts(registry, 2, place);
    const claim = { pk: 'system#deletions', sk: 'x' };
    const claimed = { pk: `default#entity#${parts[1]}`, sk: 'entity' };
    const record = {
      phase: 'decided',
      lease_until: 0,
      organisation: 'default',
      type: 'part',
      uuid: parts[1],
    };
    const condition = { exists: true };
    await table.write([
      { type: 'put', item: { ...claim, kind: 'deletion', schema: 1, id: 'x', ...record } },
      { type: 'update', key: claimed, set: { doomed: 'x' }, collection: 'default#type#part', condition },
    ]);
    await force(registry);
    await finish(table, clock);
    expect(
      (await table.remains()).filter((item) => item.type === 'part' && item.kind === 'entity'),
    ).toHaveLength(1);
    await registryOver(table, { clock }).resume();
    await finish(table, clock);
    await expectNothingLeft(table, [place]);
    expect((await table.query({ pk: claim.pk, limit: 1 })).items).toEqual([]);
  });

  test('is not brought back by a change that was on its way', async () => {
    let isRace = true;
    const racing: Table = {
      ...table,
      async get(key) {
        const item = await table.get(key);
        if (isRace && item?.kind === 'type') {
          isRace = false;
          await force(registryOver(dyingAt(table, 1, true), { clock })).catch(() => {});
        }
        return item;
      },
    };
    const change = { params: { name: 'part' }, body: { description: 'changed' } };
    const changing = registryOver(racing, { clock }).call('changeEntityType', change);
    await expect(changing).rejects.toMatchObject({ kind: 'absent' });
    expect(await isKnown(registry)).toBe(false);
    await finish(table, clock);
    await expectNothingLeft(table, [place]);
  });

  test('stops an upload whose rows were planned before and come to the store long after', async () => {
    const uploading = registryOver(table, { clock, memoMs: 0 });
    async function* body() {
      const rows = Array.from({ length: 210 }, (_, n) => `${JSON.stringify({ fields: { n } })}\n`);
      yield Buffer.from(rows.join(''));
      await new Promise(setImmediate); // all but the last rows are on their way
      await force(registry);
      await finish(table, clock);
      const fields = [{ name: 'm', type: 'integer' }];
      await uploading.call('createEntityType', { body: { name: 'part', fields } });
      yield Buffer.from(`${JSON.stringify({ fields: { m: 1 } })}\n`);
    }
    const call = { params: { type: 'part' }, mediaType: 'application/x-ndjson', stream: body() };
    const { body: report } = await uploading.call('uploadEntities', call);
    const { failed, errors } = report as { failed: number; errors: { line: number; code: string }[] };
    expect(failed).toBeGreaterThan(0);
    expect(errors.at(-1)).toMatchObject({ line: 210, code: 'unknown_field' });
    const { body: page } = await uploading.call('listEntities', { params: { type: 'part' } });
    expect((page as { items: unknown[] }).items).toMatchObject([{ fields: { m: 1 } }]);
    const kept = (await table.remains()).filter(belongsTo('part'));
    expect(kept.map(({ kind }) => kind).sort()).toEqual(['entity', 'index', 'type']);
  });

  test('stands in the way of no other deletion', async () => {
    const [part] = await makeParts(registry, 1, place);
    // Decided, and then nothing more.
    const dying = dyingAt(table, 1, true);
    await force(registryOver(dying, { clock })).catch(() => {});
    const fresh = registryOver(table, { clock });
    await fresh.call('deleteEntity', { params: { type: 'place', uuid: place } });
    await finish(table, clock);
    await expectNothingLeft(table, [place, part!]);
  });

  test.each([true, false])(
    'survives a kill at any write (applied: %s)',
    async (applied) => {
      for (let nth = 1; ; nth++) {
        expect(nth).toBeLessThan(40);
        const parts = await makeParts(registry, 25, place);
        const dying = dyingAt(table, nth, applied);
        await force(registryOver(dying, { clock })).catch(() => {});
        const isDecided = applied || nth > 1;
        expect(await isKnown(registryOver(table, { clock }))).toBe(!isDecided);
        // Whoever takes it over is killed as well.
        clock.advance(MINUTE);
        const heir = dyingAt(table, nth, applied);
        await registryOver(heir, { clock })
          .clearTypes()
          .catch(() => {});
        await finish(table, clock);
        if (isDecided) await expectNothingLeft(table, [place, ...parts]);
        else await force(registryOver(table, { clock })).then(() => finish(table, clock));
        if (!dying.isDead) return;
        registry = registryOver(table, { clock });
        await registry.call('createEntityType', {
          body: {
            name: 'part',
            fields: [
              { name: 'n', type: 'integer', indexed: true },
              { name: 'code', type: 'string', unique: true },
            ],
            links: [
              { relation: 'of', to: 'part', inverse: 'has', on_delete: 'restrict' },
              { relation: 'at', to: 'place', inverse: 'holds', cardinality: 'many_to_one' },
            ],
          },
        });
      }
    },
    60_000,
  );

  test('may be of so many owned entities only if they are the caller’s', async () => {
    await make(registry, 'part', { fields: {} });
    const [uuid] = await makeParts(registry, 1, place);
    const body = { owners: { users: ['1'] } };
    await registry.call('changeEntity', {
      params: { type: 'part', uuid: uuid! },
      body,
      mediaType: 'application/json',
    });
    await expect(force(registry)).rejects.toMatchObject({ kind: 'forbidden', code: 'not_an_owner' });
    expect(await isKnown(registry)).toBe(true);
    const owner = { ...admin, role: 'editor' };
    await registry.call('deleteEntityType', {
      actor: owner,
      params: { name: 'part' },
      query: { force: true },
    });
    expect(await isKnown(registry)).toBe(false);
  });
});
