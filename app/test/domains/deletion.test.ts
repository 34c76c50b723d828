import type { Table } from '../../src/table/table.ts';
import { dyingAt } from '../support/dying-table.ts';
import { onEveryEngine } from '../support/every-engine.ts';
import { brokenLinks, partitionOf } from '../support/link-integrity.ts';
import { type Registry, registryOver } from '../support/registry.ts';
import { sqliteTable } from '../support/tables.ts';
import { testClock } from '../support/test-clock.ts';

async function defineFamily(registry: Registry, on_delete: string): Promise<void> {
  await registry.call('createEntityType', {
    body: { name: 'hub', fields: [{ name: 'n', type: 'integer', indexed: true }] },
  });
  await registry.call('createEntityType', {
    body: {
      name: 'leaf',
      fields: [{ name: 'n', type: 'integer', indexed: true }],
      links: [{ relation: 'of', to: 'hub', inverse: 'has', on_delete }],
    },
  });
}

async function make(registry: Registry, type: string, n: number, hub?: string): Promise<string> {
  const links = hub === undefined ? [] : [{ relation: 'of', type: 'hub', uuid: hub }];
  const { body } = await registry.call('createEntity', { params: { type }, body: { fields: { n }, links } });
  return (body as { uuid: string }).uuid;
}

async function makeLeaves(registry: Registry, count: number, hub: string): Promise<string[]> {
  const leaves: string[] = [];
  for (let n = 0; n < count; n++) leaves.push(await make(registry, 'leaf', n, hub));
  return leaves;
}

const remove = (registry: Registry, type: string, uuid: string) =>
  registry.call('deleteEntity', { params: { type, uuid } });

async function listed(registry: Registry, type: string): Promise<string[]> {
  const { body } = await registry.call('listEntities', { params: { type }, query: { limit: 1000 } });
  return (body as { items: { uuid: string }[] }).items.map((item) => item.uuid);
}

onEveryEngine('deletion', (factory) => {
  test('what somebody else deletes meanwhile is absent, not deleted once more', async () => {
    const { table, close } = await factory();
    const registry = registryOver(table);
    await defineFamily(registry, 'detach');
    const hub = await make(registry, 'hub', 1);
    let isRace = true;
    const racing: Table = {
      ...table,
      async get(key) {
        const item = await table.get(key);
        if (isRace && item?.uuid === hub) {
          isRace = false;
          await remove(registryOver(table), 'hub', hub);
        }
        return item;
      },
    };
    await expect(remove(registryOver(racing), 'hub', hub)).rejects.toMatchObject({ kind: 'absent' });
    await close();
  });

  test.each([3, 130])('detaches %i pointing entities', async (count) => {
    const { table, close } = await factory();
    const registry = registryOver(table);
    await defineFamily(registry, 'detach');
    const hub = await make(registry, 'hub', 1);
    const leaves = await makeLeaves(registry, count, hub);
    await remove(registry, 'hub', hub);
    expect(await partitionOf(table, hub)).toEqual([]);
    expect(await listed(registry, 'hub')).toEqual([]);
    expect(await listed(registry, 'leaf')).toEqual(leaves);
    expect(await brokenLinks(table, [hub, ...leaves])).toEqual([]);
    await close();
  });

  test.each([3, 130])('cascades to %i pointing entities', async (count) => {
    const { table, close } = await factory();
    const registry = registryOver(table);
    await defineFamily(registry, 'cascade');
    const hub = await make(registry, 'hub', 1);
    const leaves = await makeLeaves(registry, count, hub);
    await remove(registry, 'hub', hub);
    expect(await listed(registry, 'leaf')).toEqual([]);
    for (const uuid of [hub, ...leaves]) expect(await partitionOf(table, uuid)).toEqual([]);
    expect((await table.query({ pk: 'default#type#leaf#field#n', limit: 10 })).items).toEqual([]);
    await close();
  });

  test.each([1, 130])('is refused while %i entities point by a restricting relation', async (count) => {
    const { table, close } = await factory();
    const registry = registryOver(table);
    await defineFamily(registry, 'restrict');
    const hub = await make(registry, 'hub', 1);
    const leaves = await makeLeaves(registry, count, hub);
    await expect(remove(registry, 'hub', hub)).rejects.toMatchObject({
      kind: 'conflict',
      code: 'restricted',
    });
    expect(await listed(registry, 'hub')).toEqual([hub]);
    await Promise.all(
      leaves.map((leaf) => remove(registry, 'leaf', leaf).catch(() => remove(registry, 'leaf', leaf))),
    );
    await remove(registry, 'hub', hub);
    expect(await listed(registry, 'hub')).toEqual([]);
    await close();
  });
});

test.each([true, false])(
  'a deletion killed at any write is finished or undone (applied: %s)',
  async (applied) => {
    for (let nth = 1; nth < 40; nth++) {
      const clock = testClock();
      const { table, close } = await sqliteTable({ clock });
      const registry = registryOver(table, { clock });
      await defineFamily(registry, nth % 2 === 0 ? 'detach' : 'cascade');
      const hub = await make(registry, 'hub', 1);
      const leaves = await makeLeaves(registry, 120, hub);
      const killed = await remove(registryOver(dyingAt(table, nth, applied), { clock }), 'hub', hub).then(
        () => false,
        () => true,
      );
      // Readers agree at once on whether it happened; the rest is cleared away later.
      const gone = !(await listed(registry, 'hub')).includes(hub);
      expect(await listed(registry, 'leaf')).toEqual(gone && nth % 2 === 1 ? [] : leaves);
      clock.advance(60_000);
      await registry.resume();
      expect((await listed(registry, 'hub')).includes(hub)).toBe(!gone);
      expect(await brokenLinks(table, [hub, ...leaves])).toEqual([]);
      expect(
        (await table.query({ pk: 'system#deletions', limit: 10 })).items.filter((job) => !job.expires_at),
      ).toEqual([]);
      if (!gone) await remove(registry, 'hub', hub);
      await close();
      if (!killed) return;
    }
    throw new Error('the deletion never ran to its end');
  },
  60_000,
);
