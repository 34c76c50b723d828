import { onEveryEngine } from '../support/every-engine.ts';
import { brokenLinks } from '../support/link-integrity.ts';
import { type Registry, registryOver } from '../support/registry.ts';

const TYPE = {
  name: 'node',
  fields: [{ name: 'n', type: 'integer' }],
  links: [
    { relation: 'follows', to: 'node', inverse: 'followed_by' },
    { relation: 'parent', to: 'node', inverse: 'children', cardinality: 'many_to_one' },
    { relation: 'twin', to: 'node', inverse: 'twin', cardinality: 'one_to_one' },
    { relation: 'sees', to: 'node' },
  ],
};

async function nodes(registry: Registry, count: number): Promise<string[]> {
  await registry.call('createEntityType', { body: TYPE });
  const made = await Promise.all(
    Array.from({ length: count }, (_, n) =>
      registry.call('createEntity', { params: { type: 'node' }, body: { fields: { n } } }),
    ),
  );
  return made.map(({ body }) => (body as { uuid: string }).uuid);
}

const calls = (registry: Registry) => ({
  link: (from: string, relation: string, uuid: string, properties?: object) =>
    registry.call('createLink', {
      params: { type: 'node', uuid: from },
      body: { relation, type: 'node', uuid, ...(properties ? { properties } : {}) },
    }),
  unlink: (from: string, relation: string, to: string) =>
    registry.call('deleteLink', { params: { type: 'node', uuid: from, relation, to } }),
  get: async (uuid: string) => registry.call('getEntity', { params: { type: 'node', uuid } }),
  remove: (uuid: string) => registry.call('deleteEntity', { params: { type: 'node', uuid } }),
  links: async (uuid: string) => {
    const { body } = await registry.call('listLinks', { params: { type: 'node', uuid } });
    return (body as { items: object[] }).items;
  },
});

/** Small, seeded and good enough: tests must be repeatable. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

onEveryEngine('links', (factory) => {
  test('are seen from both ends, with properties, and change both validators', async () => {
    const { table, close } = await factory();
    const registry = registryOver(table);
    const [a, b] = (await nodes(registry, 2)) as [string, string];
    const { link, get, links, unlink } = calls(registry);
    const before = [(await get(a)).etag, (await get(b)).etag];
    await link(a, 'follows', b, { since: 2020 });
    expect(await links(a)).toEqual([
      {
        relation: 'follows',
        direction: 'out',
        inverse: 'followed_by',
        type: 'node',
        uuid: b,
        properties: { since: 2020 },
      },
    ]);
    expect(await links(b)).toEqual([
      {
        relation: 'follows',
        direction: 'in',
        inverse: 'followed_by',
        type: 'node',
        uuid: a,
        properties: { since: 2020 },
      },
    ]);
    expect((await get(a)).etag).not.toBe(before[0]);
    expect((await get(b)).etag).not.toBe(before[1]);
    await unlink(b, 'followed_by', a);
    expect(await links(a)).toEqual([]);
    expect(await links(b)).toEqual([]);
    await close();
  });

  test('may be made and removed by either name; a name nobody declares is refused', async () => {
    const { table, close } = await factory();
    const registry = registryOver(table);
    const [a, b] = (await nodes(registry, 2)) as [string, string];
    const { link, links, unlink } = calls(registry);
    await link(a, 'children', b);
    expect(await links(b)).toMatchObject([{ relation: 'parent', direction: 'out', uuid: a }]);
    await unlink(a, 'children', b);
    await link(a, 'sees', b);
    expect(await links(b)).toMatchObject([{ relation: 'sees', direction: 'in', uuid: a }]);
    await expect(link(a, 'hates', b)).rejects.toMatchObject({ kind: 'invalid', code: 'unknown_relation' });
    await expect(unlink(a, 'follows', b)).rejects.toMatchObject({ kind: 'absent' });
    await expect(link(a, 'follows', a)).rejects.toMatchObject({ code: 'self_link' });
    const missing = '00000000-0000-7000-8000-000000000000';
    await expect(link(a, 'follows', missing)).rejects.toMatchObject({
      kind: 'invalid',
      code: 'unknown_entity',
    });
    await expect(link(missing, 'follows', a)).rejects.toMatchObject({ kind: 'absent' });
    await close();
  });

  test('exist once, and only once where the relation says so', async () => {
    const { table, close } = await factory();
    const registry = registryOver(table);
    const [a, b, c] = (await nodes(registry, 3)) as [string, string, string];
    const { link, unlink } = calls(registry);
    await link(a, 'follows', b);
    await expect(link(a, 'follows', b)).rejects.toMatchObject({ kind: 'conflict', code: 'already_linked' });
    await link(a, 'parent', b);
    await expect(link(a, 'parent', c)).rejects.toMatchObject({ kind: 'conflict', code: 'cardinality' });
    await link(c, 'parent', b);
    await unlink(a, 'parent', b);
    await link(a, 'parent', c);
    await link(a, 'twin', b);
    await expect(link(c, 'twin', b)).rejects.toMatchObject({ code: 'cardinality' });
    await expect(link(b, 'twin', a)).rejects.toMatchObject({ kind: 'conflict' });
    await close();
  });

  test('never lose one end under a hundred concurrent linkers, unlinkers and deleters', async () => {
    const { table, close } = await factory();
    const registry = registryOver(table);
    const all = await nodes(registry, 12);
    const { link, unlink, remove } = calls(registry);
    const roll = dice(20260101);
    const pick = () => all[roll(all.length)]!;
    const relations = ['follows', 'parent', 'twin', 'sees'];
    const work = Array.from({ length: 100 }, (_, i) => {
      const [from, to, relation] = [pick(), pick(), relations[roll(relations.length)]!];
      if (i % 20 === 19) return () => remove(from);
      return i % 4 === 3 ? () => unlink(from, relation, to) : () => link(from, relation, to);
    });
    const outcomes = await Promise.allSettled(work.map((run) => run()));
    const unexpected = outcomes.filter(
      (one) => one.status === 'rejected' && !['absent', 'invalid', 'conflict'].includes(one.reason.kind),
    );
    expect(unexpected).toEqual([]);
    expect(outcomes.filter((one) => one.status === 'fulfilled').length).toBeGreaterThan(10);
    expect(await brokenLinks(table, all)).toEqual([]);
    await close();
  });
});
