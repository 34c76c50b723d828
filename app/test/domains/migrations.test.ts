import fc from 'fast-check';
import type { EntityView } from '../../src/domains/entities/model.ts';
import type { Table } from '../../src/table/table.ts';
import { dyingAt } from '../support/dying-table.ts';
import { onEveryEngine } from '../support/every-engine.ts';
import { type Registry, registryOver } from '../support/registry.ts';
import { sqliteTable } from '../support/tables.ts';
import { type TestClock, testClock } from '../support/test-clock.ts';

const SETTLED_MS = 60_000;
const WEEK_MS = 7 * 86_400_000;
const params = { type: 'part', name: 'part' };

interface MigrationView {
  id: string;
  state: string;
  progress: {
    total: number;
    looked_at: number;
    changed: number;
    failed: number;
    failures: { uuid: string }[];
  };
}

/** A registry over a fresh table with a type whose numbers were once entered as texts. */
async function parts(factory: Parameters<Parameters<typeof onEveryEngine>[1]>[0]) {
  const clock = testClock();
  const { table, close } = await factory({ clock });
  const open = (over: Table = table) => registryOver(over, { clock, memoMs: 1_000 });
  const registry = open();
  await registry.call('createEntityType', {
    body: {
      name: 'part',
      fields: [
        { name: 'size', type: 'string', indexed: true },
        { name: 'note', type: 'string' },
      ],
    },
  });
  return { clock, table, close, registry, open };
}

async function make(registry: Registry, fields: object): Promise<string> {
  const { body } = await registry.call('createEntity', { params, body: { fields } });
  return (body as EntityView).uuid;
}

const start = async (registry: Registry, change: object, more: object = {}): Promise<MigrationView> => {
  const { body } = await registry.call('startMigration', {
    params,
    body: { fields: [{ name: 'size', ...change }], ...more },
  });
  return body as MigrationView;
};
const see = async (registry: Registry, id: string): Promise<MigrationView> =>
  (await registry.call('getMigration', { params: { ...params, id } })).body as MigrationView;
const steer = (registry: Registry, action: string, id: string) =>
  registry.call(`${action}Migration`, { params: { ...params, id } });
const read = async (registry: Registry, uuid: string) =>
  (await registry.call('getEntity', { params: { ...params, uuid } })) as { body: EntityView; etag: string };
const change = (registry: Registry, uuid: string, fields: object) =>
  registry.call('changeEntity', {
    params: { ...params, uuid },
    mediaType: 'application/json',
    body: { fields },
  });
const search = async (registry: Registry, query: object): Promise<unknown[]> => {
  const { body } = await registry.call('searchEntities', { params, query });
  return (body as { items: EntityView[] }).items.map(({ fields }) => fields.size);
};

/** Lets everything be done that is due once an older definition is forgotten everywhere. */
async function settle(registry: Registry, clock: TestClock): Promise<void> {
  clock.advance(SETTLED_MS);
  await registry.migrate();
}

/** Everything that is stored of the type, apart from the definition and the records of migrations. */
async function stored(table: Table, fieldIds: readonly string[], uuids: readonly string[]) {
  const partitions = [
    'default#type#part#all',
    ...fieldIds.map((id) => `default#type#part#field#${id}`),
    ...uuids.map((uuid) => `default#entity#${uuid}`),
  ];
  const pages = await Promise.all(partitions.map((pk) => table.query({ pk, limit: 1000 })));
  return pages.flatMap(({ items }) =>
    items.map(({ pk, sk, fields }) => ({ pk, sk, ...(fields && { fields }) })),
  );
}

onEveryEngine('migrations', (factory) => {
  test('readers see texts until every entity has its number, then numbers, and can go back to the very texts', async () => {
    const { clock, close, registry } = await parts(factory);
    const uuids = [];
    for (const size of ['10', '9', '007']) uuids.push(await make(registry, { size }));
    const before = await read(registry, uuids[2]!);

    const { id, state } = await start(registry, { type: 'integer' });
    expect(state).toBe('filling');
    await registry.migrate();
    expect((await see(registry, id)).progress.looked_at).toBe(0); // somebody may still write by the old definition
    expect(await search(registry, { sort: 'size' })).toEqual(['007', '10', '9']);

    await settle(registry, clock);
    expect(await see(registry, id)).toMatchObject({
      state: 'switched',
      progress: { total: 3, changed: 3, failed: 0 },
    });
    expect(await search(registry, { sort: 'size' })).toEqual([7, 9, 10]);
    expect(await search(registry, { fields: 'size>8' })).toEqual([9, 10]);
    const after = await read(registry, uuids[2]!);
    expect(after.body).toEqual({ ...before.body, fields: { size: 7 } });
    expect(after.etag).not.toBe(before.etag);
    await expect(change(registry, uuids[0]!, { size: 'x' })).rejects.toMatchObject({ kind: 'invalid' });
    await change(registry, uuids[1]!, { size: 12 });

    await steer(registry, 'rollback', id);
    await settle(registry, clock);
    expect(await search(registry, { sort: 'size' })).toEqual(['007', '10', '12']);
    expect((await read(registry, uuids[2]!)).etag).toBe(before.etag);
    expect((await see(registry, id)).state).toBe('clearing');
    await settle(registry, clock);
    expect((await see(registry, id)).state).toBe('rolled_back');
    await close();
  });

  test('once there is no way back nothing hidden is left, and the next migration begins anew', async () => {
    const { clock, close, registry, table } = await parts(factory);
    const uuids = [await make(registry, { size: '5', note: 'n' }), await make(registry, {})];
    const { id } = await start(registry, { type: 'integer' });
    await settle(registry, clock);
    await expect(start(registry, { type: 'number' })).rejects.toMatchObject({
      code: 'migration_in_progress',
    });
    clock.advance(WEEK_MS);
    await registry.migrate(); // its time is over
    await settle(registry, clock);
    expect((await see(registry, id)).state).toBe('completed');
    expect(await stored(table, ['size', 'size_2', 'size_3'], uuids)).toEqual([
      ...uuids.map((uuid) => ({ pk: 'default#type#part#all', sk: uuid })),
      { pk: 'default#type#part#field#size_2', sk: expect.stringMatching(`^is#.*#${uuids[0]}$`) },
      { pk: 'default#type#part#field#size_2', sk: `none#${uuids[1]}` },
      { pk: `default#entity#${uuids[0]}`, sk: 'entity', fields: { size_2: 5, note: 'n' } },
      { pk: `default#entity#${uuids[1]}`, sk: 'entity', fields: {} },
    ]);
    await start(registry, { type: 'string' });
    await settle(registry, clock);
    const { body } = await registry.call('getEntityType', { params });
    expect(body).toMatchObject({
      fields: [{ name: 'size', id: 'size_3', type: 'string' }, { name: 'note' }],
    });
    expect(await search(registry, { fields: 'size="5"' })).toEqual(['5']);
    await close();
  });

  test('what cannot be converted stops it until it is corrected; nobody writes more of it', async () => {
    const { clock, close, registry } = await parts(factory);
    const good = await make(registry, { size: '1' });
    const bad = await make(registry, { size: 'wide' });
    const { id } = await start(registry, { type: 'integer' });
    await expect(make(registry, { size: 'long' })).rejects.toMatchObject({
      kind: 'invalid',
      errors: [{ pointer: '/fields/size', code: 'invalid_type' }],
    });
    await change(registry, bad, { note: 'to be measured' }); // what was wrong before is not held against it
    await settle(registry, clock);
    expect(await see(registry, id)).toMatchObject({
      state: 'blocked',
      progress: { failed: 1, failures: [{ uuid: bad, pointer: '/fields/size', code: 'invalid_type' }] },
    });
    expect(await search(registry, { sort: 'size' })).toEqual(['1', 'wide']);
    await change(registry, bad, { size: '2' });
    await steer(registry, 'resume', id);
    await settle(registry, clock);
    expect(await see(registry, id)).toMatchObject({ state: 'switched', progress: { failed: 0 } });
    expect((await read(registry, good)).body.fields).toEqual({ size: 1 });
    await close();
  });

  test('values can be listed, left out, or become the default', async () => {
    const { clock, close, registry } = await parts(factory);
    const values = [
      { from: 'small', to: 1 },
      { from: '', to: null },
    ];
    const uuids = [];
    for (const size of ['small', '', 'odd']) uuids.push(await make(registry, { size }));
    uuids.push(await make(registry, {}));
    const convert = { values, otherwise: 'default' };
    const { id } = await start(registry, { type: 'integer', required: true, default: 0, convert });
    await settle(registry, clock);
    expect(await see(registry, id)).toMatchObject({ state: 'switched' });
    const sizes = await Promise.all(uuids.map(async (uuid) => (await read(registry, uuid)).body.fields.size));
    expect(sizes).toEqual([1, 0, 0, 0]);
    await steer(registry, 'rollback', id);
    await settle(registry, clock);
    expect(await search(registry, { sort: 'size' })).toEqual(['', '0', 'odd', 'small']);
    await close();
  });

  test('a field becomes unique and indexed, unless two entities share a value', async () => {
    const { clock, close, registry } = await parts(factory);
    const note = { fields: [{ name: 'note', unique: true, indexed: true }] };
    const [, second] = [await make(registry, { note: 'A' }), await make(registry, { note: 'a' })];
    const { body } = await registry.call('startMigration', { params, body: note });
    const { id } = body as MigrationView;
    await settle(registry, clock);
    expect(await see(registry, id)).toMatchObject({
      state: 'blocked',
      progress: { failures: [{ uuid: second, pointer: '/fields/note', code: 'not_unique' }] },
    });
    await change(registry, second!, { note: 'B' });
    await steer(registry, 'resume', id);
    await settle(registry, clock);
    await expect(make(registry, { note: 'b' })).rejects.toMatchObject({ code: 'name_taken' });
    const found = await registry.call('searchEntities', { params, query: { fields: 'note=B' } });
    expect((found.body as { items: unknown[] }).items).toHaveLength(1);
    await close();
  });

  test('a dry run tells what would fail and writes nothing', async () => {
    const { clock, close, registry, table } = await parts(factory);
    const uuids = [await make(registry, { size: '1' }), await make(registry, { size: 'wide' })];
    const before = await stored(table, ['size', 'size_2'], uuids);
    const { id } = await start(registry, { type: 'integer' }, { dry_run: true });
    await registry.migrate();
    expect(await see(registry, id)).toMatchObject({
      state: 'checked',
      progress: { total: 2, looked_at: 2, changed: 0, failed: 1, failures: [{ uuid: uuids[1] }] },
    });
    expect(await stored(table, ['size', 'size_2'], uuids)).toEqual(before);
    await settle(registry, clock);
    expect((await see(registry, id)).state).toBe('checked');
    await close();
  });

  test('it can rest, go on and be given up, and leaves nothing behind', async () => {
    const { clock, close, registry, table } = await parts(factory);
    const uuids = [await make(registry, { size: '1' }), await make(registry, { size: 'wide' })];
    const before = await stored(table, ['size', 'size_2'], uuids);
    const { id } = await start(registry, { type: 'integer' });
    await steer(registry, 'pause', id);
    await settle(registry, clock);
    expect(await see(registry, id)).toMatchObject({ state: 'paused', progress: { looked_at: 0 } });
    for (const action of ['pause', 'rollback', 'finish'])
      await expect(steer(registry, action, id)).rejects.toMatchObject({ code: 'wrong_state' });
    await steer(registry, 'resume', id);
    await registry.migrate();
    expect(await see(registry, id)).toMatchObject({ state: 'blocked' });
    expect(await stored(table, ['size', 'size_2'], uuids)).not.toEqual(before);
    await steer(registry, 'cancel', id);
    await settle(registry, clock);
    expect((await see(registry, id)).state).toBe('cancelled');
    expect(await stored(table, ['size', 'size_2'], uuids)).toEqual(before);
    await start(registry, { type: 'decimal', convert: { otherwise: 'clear' } });
    await close();
  });

  test('a way back can be given up, and the old fields can go early', async () => {
    const { clock, close, registry } = await parts(factory);
    const uuid = await make(registry, { size: '1' });
    const { id } = await start(registry, { type: 'array', items: 'string' });
    await settle(registry, clock);
    expect((await read(registry, uuid)).body.fields).toEqual({ size: ['1'] });
    await change(registry, uuid, { size: ['1', '2'] });
    await steer(registry, 'rollback', id);
    await settle(registry, clock);
    expect(await see(registry, id)).toMatchObject({ state: 'blocked', progress: { failures: [{ uuid }] } });
    await steer(registry, 'cancel', id);
    expect(await see(registry, id)).toMatchObject({ state: 'switched' });
    await steer(registry, 'finish', id);
    await settle(registry, clock);
    expect((await see(registry, id)).state).toBe('completed');
    expect((await read(registry, uuid)).body.fields).toEqual({ size: ['1', '2'] });
    await close();
  });

  test('the fields of a type stay as they are meanwhile; all that is wrong with a migration is told at once', async () => {
    const { close, registry } = await parts(factory);
    const fields = [
      { name: 'size', type: 'json', convert: { otherwise: 'default' } },
      { name: 'note' },
      { name: 'none', type: 'text' },
      { name: 'note', type: 'integer', convert: { values: [{ from: 'x', to: 'y' }] } },
    ];
    await expect(registry.call('startMigration', { params, body: { fields } })).rejects.toMatchObject({
      kind: 'invalid',
      errors: [
        { pointer: '/fields/0/indexed', code: 'invalid_constraint' },
        { pointer: '/fields/0/convert/otherwise', code: 'invalid_constraint' },
        { pointer: '/fields/1', code: 'unchanged' },
        { pointer: '/fields/2/name', code: 'unknown_field' },
        { pointer: '/fields/3/name', code: 'duplicate' },
      ],
    });
    await start(registry, { type: 'text', indexed: false });
    const patch = (body: object) => registry.call('changeEntityType', { params, body });
    await expect(patch({ fields: [{ name: 'more', type: 'text' }] })).rejects.toMatchObject({
      code: 'migration_in_progress',
    });
    await patch({ description: 'Spare parts' });
    await close();
  });

  test('a type that goes takes its migration with it', async () => {
    const { clock, close, registry } = await parts(factory);
    const { id } = await start(registry, { type: 'integer' });
    await registry.call('deleteEntityType', { params });
    await settle(registry, clock);
    await registry.call('createEntityType', { body: { name: 'part' } });
    expect((await see(registry, id)).state).toBe('cancelled');
    await close();
  });
});

const LEASE_MS = 30_000;

test.each([true, false])(
  'whoever comes after a process that was killed at any write finishes its work (applied: %s)',
  async (applied) => {
    let isOver = false;
    for (let nth = 1; !isOver && nth < 40; nth++) {
      const { clock, close, registry, open, table } = await parts(sqliteTable);
      const uuids = [];
      for (let n = 0; n < 12; n++) uuids.push(await make(registry, { size: String(n) }));
      const { id } = await start(registry, { type: 'integer' });
      clock.advance(SETTLED_MS);
      await open(dyingAt(table, nth, applied)).migrate();
      isOver = (await see(registry, id)).state === 'switched';
      clock.advance(LEASE_MS);
      await registry.migrate();
      expect(await search(registry, { sort: 'size' })).toEqual(uuids.map((_, n) => n));
      await steer(registry, 'finish', id);
      await settle(registry, clock);
      const left = await stored(table, ['size', 'size_2'], uuids);
      expect(left.filter(({ pk }) => pk.endsWith('#size'))).toEqual([]);
      expect(left).toHaveLength(3 * uuids.length);
      await close();
    }
    expect(isOver).toBe(true);
  },
  60_000,
);

/** What a client may do to entities while they are migrated. */
type Deed = {
  readonly kind: 'make' | 'change' | 'empty' | 'delete';
  readonly at: number;
  readonly size: number;
};
const deed = fc.record({
  kind: fc.constantFrom('make' as const, 'change' as const, 'empty' as const, 'delete' as const),
  at: fc.nat(20),
  size: fc.integer({ min: -50, max: 50 }),
});

test('whatever is written meanwhile, readers see one form or the other and nothing is lost', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(deed, { minLength: 5, maxLength: 40 }),
      fc.boolean(),
      async (deeds, goesBack) => {
        const { clock, close, registry, open, table } = await parts(sqliteTable);
        const model = new Map<string, number | undefined>();
        const everMade: string[] = [];
        const sizeOf = (size: number | undefined, isNumber: boolean) =>
          size === undefined || isNumber ? size : String(size);

        async function act({ kind, at, size }: Deed): Promise<void> {
          const uuid = [...model.keys()][at % Math.max(1, model.size)];
          const { body } = await registry.call('getEntityType', { params });
          const isNumber = (body as { fields: { type: string }[] }).fields[0]!.type === 'integer';
          if (kind === 'make' || uuid === undefined) {
            const made = await make(registry, { size: sizeOf(size, isNumber) });
            everMade.push(made);
            model.set(made, size);
          } else if (kind === 'delete') {
            await registry.call('deleteEntity', { params: { ...params, uuid } });
            model.delete(uuid);
          } else {
            const next = kind === 'empty' ? undefined : size;
            await change(registry, uuid, { size: sizeOf(next, isNumber) ?? null });
            model.set(uuid, next);
          }
          await agree();
        }

        /** A listing shows exactly what the model knows, all in one form. */
        async function agree(): Promise<void> {
          const { body } = await registry.call('listEntities', { params, query: { limit: 1000 } });
          const { items } = body as { items: EntityView[] };
          const forms = new Set(
            items.map(({ fields }) => typeof fields.size).filter((form) => form !== 'undefined'),
          );
          expect(forms.size).toBeLessThan(2);
          const seen = items.map(({ uuid, fields }) => [
            uuid,
            fields.size === undefined ? undefined : Number(fields.size),
          ]);
          expect(new Map(seen as [string, number | undefined][])).toEqual(model);
          const sorted = await search(registry, { sort: 'size', limit: 1000 });
          expect(sorted).toHaveLength(model.size);
          const values = sorted.filter((size) => size !== undefined);
          expect(values).toEqual([...values].sort(typeof values[0] === 'number' ? byNumber : undefined));
        }

        const queue = [...deeds];
        const problems: unknown[] = [];
        let before: Promise<void> = Promise.resolve();
        /** A client acts before each write of the worker, which may have several under way. */
        const racing: Table = {
          ...table,
          async write(actions) {
            const next = queue.shift();
            if (next) before = before.then(() => act(next)).catch((error) => void problems.push(error));
            await before;
            await table.write(actions);
          },
        };
        const worker = open(racing);
        for (let n = 0; n < 5; n++) await act({ kind: 'make', at: 0, size: n - 2 });
        const { id } = await start(registry, { type: 'integer' });
        await settle(worker, clock);
        await settle(worker, clock); // what changed under its hands it takes up again
        expect((await see(registry, id)).state).toBe('switched');
        await steer(registry, goesBack ? 'rollback' : 'finish', id);
        for (let n = 0; n < 3; n++) await settle(worker, clock);
        for (const next of queue) await act(next);
        expect(problems).toEqual([]);
        expect((await see(registry, id)).state).toBe(goesBack ? 'rolled_back' : 'completed');
        const left = await stored(table, ['size', 'size_2'], everMade);
        const gone = goesBack ? 'size_2' : 'size';
        expect(
          left.filter(
            ({ pk, fields }) => pk.endsWith(`#${gone}`) || Object.hasOwn((fields ?? {}) as object, gone),
          ),
        ).toEqual([]);
        expect(left).toHaveLength(3 * model.size);
        await close();
      },
    ),
    { numRuns: 60 },
  );
}, 120_000);

const byNumber = (a: unknown, b: unknown) => Number(a) - Number(b);
