import { systemClock } from '../../src/kernel/ports.ts';
import { changeLogOver, followed } from '../support/change-log.ts';
import { onEveryEngine } from '../support/every-engine.ts';
import { type NaiveIndex, naiveIndex } from '../support/naive-index.ts';
import { randomWrites, VALUES } from '../support/random-writes.ts';
import { type Registry, registryOver } from '../support/registry.ts';

async function found(registry: Registry, query: object): Promise<string[]> {
  const { body } = await registry.call('searchEntities', {
    params: { type: 'node' },
    query: { limit: 1000, ...query },
  });
  return (body as { items: { uuid: string }[] }).items.map(({ uuid }) => uuid).sort();
}

/** The index finds what the registry finds: by listing, by each value, and by each link. */
async function expectSame(index: NaiveIndex, registry: Registry, uuids: readonly string[]): Promise<void> {
  expect(index.all('node')).toEqual([...uuids].sort());
  for (let n = 0; n < VALUES; n++) {
    expect(index.byField('node', n)).toEqual(await found(registry, { fields: [`n=${n}`] }));
  }
  for (const uuid of uuids)
    expect(index.linkedWith('node', uuid)).toEqual(await found(registry, { links: [uuid] }));
}

onEveryEngine('an index', (factory) => {
  test.each([1, 2])('is built by a replay, from the beginning and from the middle, seed %i', async (seed) => {
    const { table, close } = await factory();
    const log = changeLogOver(table, { clock: systemClock });
    const registry = registryOver(log.table);
    const { write, listed } = await randomWrites(registry, seed);

    const index = naiveIndex(registry);
    await write(25);
    const first = await followed(log.feed, undefined, 50);
    await index.take(first.changes);
    await expectSame(index, registry, await listed());
    const then = index.copy();

    await write(25);
    const second = await followed(log.feed, first.next, 50);
    expect(second.changes.length).toBeGreaterThan(20);
    await then.take(second.changes);
    await expectSame(then, registry, await listed());

    const anew = naiveIndex(registry);
    const whole = await followed(log.feed, undefined, 50);
    expect(whole.changes).toEqual([...first.changes, ...second.changes]);
    await anew.take(whole.changes);
    await expectSame(anew, registry, await listed());
    await close();
  });
});
