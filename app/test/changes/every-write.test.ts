import { randomUUID } from 'node:crypto';
import { systemClock } from '../../src/kernel/ports.ts';
import type { Change } from '../../src/table/changes/change.ts';
import { changeLogOver, followed } from '../support/change-log.ts';
import { onEveryEngine } from '../support/every-engine.ts';
import { bondOf, personOf, subscriberOf } from '../support/record-scenario.ts';
import { recordingMeter } from '../support/recording-meter.ts';
import { admin, type Registry, registryOver } from '../support/registry.ts';
import type { FreshTable } from '../support/tables.ts';
import { transfersOf, uuidOf } from '../support/transfers.ts';

const LEAF = {
  name: 'leaf',
  fields: [{ name: 'n', type: 'integer', indexed: true }],
  links: [{ relation: 'of', to: 'hub', inverse: 'has', on_delete: 'cascade' }],
};
const of = (uuid: string) => ({ relation: 'of', type: 'hub', uuid });

onEveryEngine('the change log tells what is written by', (factory) => {
  let fresh: FreshTable;
  let log: ReturnType<typeof changeLogOver>;
  let registry: Registry;
  let at: string | undefined;
  beforeEach(async () => {
    fresh = await factory();
    log = changeLogOver(fresh.table, { clock: systemClock });
    registry = registryOver(log.table, { actor: admin });
    await registry.call('createEntityType', { body: { name: 'hub' } });
    await registry.call('createEntityType', { body: LEAF });
    at = await log.feed.end('default');
  });
  afterEach(() => fresh.close());

  /** What was told since the last time, each line once with how often it came. */
  async function told(line: (change: Change) => string = wordsOf): Promise<string[]> {
    const { changes, next } = await followed(log.feed, at);
    at = next;
    return changes.map(line);
  }
  const wordsOf = ({ change, type, version }: Change) => `${change} ${type} ${version ?? 'links'}`;
  const make = async (type: string, body: object) =>
    ((await registry.call('createEntity', { params: { type }, body })).body as { uuid: string }).uuid;

  test('entity types', async () => {
    await registry.call('createEntityType', { body: { name: 'Big' } });
    await registry.call('changeEntityType', { params: { name: 'Big' }, body: { tags: ['x'] } });
    await registry.call('deleteEntityType', { params: { name: 'Big' } });
    expect(await told(({ kind, ...change }) => `${kind} ${wordsOf({ kind, ...change })}`)).toEqual([
      'type created Big 1',
      'type changed Big 2',
      'type deleted Big 2',
    ]);
  });

  test('entities, their links and owners', async () => {
    const hub = await make('hub', {});
    const leaf = await make('leaf', { fields: { n: 1 }, links: [of(hub)] });
    expect(await told()).toEqual(['created hub 1', 'created leaf 1', 'changed hub links']);
    const params = { type: 'leaf', uuid: leaf };
    await registry.call('changeEntity', { params, body: { fields: { n: 2 } } });
    await registry.call('replaceEntity', { params, body: { fields: { n: 3 } } });
    expect(await told()).toEqual(['changed leaf 2', 'changed leaf 3']);
    await registry.call('deleteLink', { params: { ...params, relation: 'of', to: hub } });
    expect((await told()).sort()).toEqual(['changed hub links', 'changed leaf links']);
    await registry.call('createLink', { params, body: of(hub) });
    expect((await told()).sort()).toEqual(['changed hub links', 'changed leaf links']);
    await registry.call('deleteEntity', { params });
    expect(await told()).toEqual(['deleted leaf 3', 'changed hub links']);
    const user = { ...params, type: 'hub', uuid: hub, kind: 'users', owner: randomUUID() };
    await registry.call('addOwner', { params: user });
    expect(await told()).toEqual(['changed hub 2']);
  });

  test('bulk and atomic uploads', async () => {
    const { uploadRows } = transfersOf(registry);
    const rows = Array.from({ length: 120 }, (_, n) => ({ uuid: uuidOf(n), fields: { n } }));
    await uploadRows('leaf', rows);
    const first = await told(({ change, uuid, version }) => `${change} ${uuid} ${version}`);
    expect(first.sort()).toEqual(rows.map(({ uuid }) => `created ${uuid} 1`));
    await uploadRows(
      'leaf',
      rows.slice(0, 10).map((row) => ({ ...row, fields: { n: 7000 } })),
    );
    expect(await told()).toEqual(Array(10).fill('changed leaf 2'));
    // Each entity is three items, so that 33 make 99: one too many.
    const more = Array.from({ length: 33 }, (_, n) => ({ fields: { n } }));
    await expect(uploadRows('leaf', more, { atomic: true })).rejects.toMatchObject({
      code: 'too_many_items',
    });
    expect(await uploadRows('leaf', more.slice(1), { atomic: true })).toMatchObject({ created: 32 });
    expect(await told()).toEqual(Array(32).fill('created leaf 1'));
  });

  test('deletions of more than a transaction holds', async () => {
    const hub = await make('hub', {});
    const { uploadRows } = transfersOf(registry);
    const rows = Array.from({ length: 130 }, (_, n) => ({
      uuid: uuidOf(n),
      fields: { n },
      links: [of(hub)],
    }));
    await uploadRows('leaf', rows);
    await told();
    await registry.call('deleteEntity', { params: { type: 'hub', uuid: hub } });
    const { changes } = await followed(log.feed, at);
    const gone = changes
      .filter(({ change }) => change === 'deleted')
      .map(({ uuid, version }) => `${uuid} ${version}`);
    expect(gone.sort()).toEqual([...rows.map(({ uuid }) => uuid), hub].map((uuid) => `${uuid} 1`).sort());
    expect(new Set(changes.map(({ change, version }) => `${change} ${version}`))).toEqual(
      new Set(['deleted 1', 'changed null']),
    );
  });

  test('types that are deleted with their entities', async () => {
    for (let n = 0; n < 3; n++) await make('leaf', { fields: { n } });
    await told();
    await registry.call('deleteEntityType', { params: { name: 'leaf' }, query: { force: true } });
    expect(await told(({ kind, ...change }) => `${kind} ${wordsOf({ kind, ...change })}`)).toEqual([
      'type deleted leaf 1',
      ...Array(3).fill('entity deleted leaf 1'),
    ]);
  });

  test('the resources of built-in types', async () => {
    const { body } = await registry.call('createBond', { body: bondOf(1) });
    const { bond_id } = body as { bond_id: string };
    await registry.call('createSubscriber', { params: { bond_id }, body: subscriberOf('s1') });
    await registry.call('deleteBond', { params: { bond_id } });
    await registry.call('createPerson', { body: personOf('Ada') });
    expect(await told()).toEqual([
      'created bonds 1',
      'changed bonds 2',
      'deleted bonds 2',
      'created people 1',
    ]);
  });

  test('a repeated request with an idempotency key once, and a create of the largest size', async () => {
    const call = { params: { type: 'leaf' }, body: { fields: { n: 1 } }, idempotencyKey: 'same' };
    await registry.call('createEntity', call);
    await registry.call('createEntity', call);
    expect(await told()).toEqual(['created leaf 1']);
    // The entity, its entry in the listing and 96 of its field are 98 items; the reply and the record of changes make 100.
    const items = { type: 'integer' };
    const wide = { name: 'wide', fields: [{ name: 'n', type: 'array', items, indexed: true }] };
    await registry.call('createEntityType', { body: wide });
    const body = (count: number) => ({ fields: { n: Array.from({ length: count }, (_, n) => n) } });
    const largest = { params: { type: 'wide' }, body: body(96), idempotencyKey: 'other' };
    await registry.call('createEntity', largest);
    expect(await told()).toEqual(['created wide 1', 'created wide 1']);
    const beyond = { ...largest, idempotencyKey: 'third', body: body(97) };
    await expect(registry.call('createEntity', beyond)).rejects.toMatchObject({ code: 'too_many_items' });
  });

  test('a record costs two write units, whatever the write', async () => {
    const costs = async (isOn: boolean) => {
      const meter = recordingMeter();
      const { table, close } = await factory({ meter });
      const { table: logged } = changeLogOver(table, { clock: systemClock, isShared: true });
      const counted = registryOver(isOn ? logged : table);
      await counted.call('createEntityType', { body: { name: 'hub' } });
      await counted.call('createEntity', { params: { type: 'hub' }, body: {} });
      meter.reset();
      const { body } = await counted.call('createEntity', { params: { type: 'hub' }, body: {} });
      const { uuid } = body as { uuid: string };
      const created = meter.units();
      await counted.call('changeEntity', { params: { type: 'hub', uuid }, body: { tags: ['x'] } });
      await counted.call('deleteEntity', { params: { type: 'hub', uuid } });
      const units = { created, all: meter.units() };
      await close();
      return units;
    };
    const [off, on] = [await costs(false), await costs(true)];
    expect(on.created).toEqual({ ...off.created, write: off.created.write + 2 });
    expect(on.all).toEqual({ ...off.all, write: off.all.write + 6 });
  });
});
