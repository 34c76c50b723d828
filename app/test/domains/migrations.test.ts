import { onEveryEngine } from '../support/every-engine.ts';
import {
  change,
  type MigrationView,
  make,
  params,
  parts,
  read,
  search,
  see,
  settle,
  start,
  steer,
  stored,
} from '../support/migrated-parts.ts';

const WEEK_MS = 7 * 86_400_000;

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
