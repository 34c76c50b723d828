import fc from 'fast-check';
import type { Table } from '../../src/table/table.ts';
import { onEveryEngine } from '../support/every-engine.ts';
import { brokenLinks } from '../support/link-integrity.ts';
import { type Registry, registryOver } from '../support/registry.ts';
import { sqliteTable } from '../support/tables.ts';
import { transfersOf, uuidOf } from '../support/transfers.ts';

const COUNTRY = { name: 'country', fields: [{ name: 'name', type: 'string' }] };
const CITY = {
  name: 'city',
  fields: [{ name: 'name', type: 'string', required: true }],
  links: [
    { relation: 'in', to: 'country', inverse: 'holds', cardinality: 'many_to_one' },
    { relation: 'suburb_of', to: 'city', inverse: 'suburbs', cardinality: 'many_to_one' },
    { relation: 'near', to: 'city', inverse: 'near' },
    { relation: 'sees', to: 'city' },
  ],
};

const to = (relation: string, n: number, type = 'city') => ({ relation, type, uuid: uuidOf(n) });
const city = (n: number, ...links: object[]) => ({ uuid: uuidOf(n), fields: { name: `${n}` }, links });
const country = (n: number) => ({ uuid: uuidOf(n), fields: { name: `${n}` } });

interface Link {
  readonly relation: string;
  readonly direction: string;
  readonly uuid: string;
}

async function world(table: Table) {
  const registry = registryOver(table);
  await registry.call('createEntityType', { body: COUNTRY });
  await registry.call('createEntityType', { body: CITY });
  return { registry, ...transfersOf(registry), ...linksOf(registry) };
}

const linksOf = (registry: Registry) => ({
  /** Each link of an entity as `relation direction n`. */
  async links(n: number, type = 'city'): Promise<string[]> {
    const { body } = await registry.call('getEntity', { params: { type, uuid: uuidOf(n) } });
    return (body as { links: Link[] }).links
      .map(({ relation, direction, uuid }) => `${relation} ${direction} ${Number(uuid.slice(-12))}`)
      .sort();
  },
});

onEveryEngine('links of uploaded rows', (factory) => {
  test('may lead to what is there, to earlier and to later rows, and round in circles', async () => {
    const { table, close } = await factory();
    const { uploadRows, links } = await world(table);
    await uploadRows('country', [country(90)]);
    const report = await uploadRows('city', [
      city(1, to('suburb_of', 2), to('in', 90, 'country')),
      city(2, to('sees', 3), to('in', 90, 'country')),
      city(3, to('sees', 4), to('near', 1)),
      city(4, to('sees', 2), to('suburbs', 3)),
    ]);
    expect(report).toEqual({ created: 4, updated: 0, failed: 0, errors: [] });
    expect(await links(1)).toEqual(['in out 90', 'near in 3', 'suburb_of out 2']);
    expect(await links(2)).toEqual(['in out 90', 'sees in 4', 'sees out 3', 'suburb_of in 1']);
    expect(await links(3)).toEqual(['near out 1', 'sees in 2', 'sees out 4', 'suburb_of out 4']);
    expect(await links(90, 'country')).toEqual(['in in 1', 'in in 2']);
    expect(await brokenLinks(table, [1, 2, 3, 4, 90].map(uuidOf))).toEqual([]);
    await close();
  });

  test('are added, never taken away, and are no error where they are already', async () => {
    const { table, close } = await factory();
    const { uploadRows, links } = await world(table);
    await uploadRows('city', [city(1), city(2), city(3, to('near', 1), to('near', 1))]);
    const report = await uploadRows('city', [
      { uuid: uuidOf(3), links: [to('near', 2), to('near', 1)] },
      city(1, to('near', 3)),
      { uuid: uuidOf(2), fields: { name: 'two' }, links: [to('sees', 1)] },
    ]);
    expect(report).toEqual({ created: 0, updated: 3, failed: 0, errors: [] });
    expect(await links(3)).toEqual(['near out 1', 'near out 2']);
    expect(await links(2)).toEqual(['near in 3', 'sees out 1']);
    expect(await brokenLinks(table, [1, 2, 3].map(uuidOf))).toEqual([]);
    await close();
  });

  test('fail their row whole where the other end never comes', async () => {
    const { table, close } = await factory();
    const { uploadRows, entities, links } = await world(table);
    const report = await uploadRows('city', [
      city(1, to('near', 2), to('near', 77)),
      city(2, to('in', 90, 'country')),
      city(3, to('near', 4), to('near', 3)),
      city(4, to('nowhere', 3), to('in', 3)),
      city(5, to('suburb_of', 6), to('suburb_of', 7)),
      city(6),
      city(7),
      city(8, to('near', 6)),
    ]);
    expect(report).toMatchObject({ created: 3, failed: 5 });
    expect(report.errors.map(({ line, code, pointer }) => [line, code, pointer])).toEqual(
      [
        [1, 'unknown_entity', '/links/0/uuid'],
        [1, 'unknown_entity', '/links/1/uuid'],
        [2, 'unknown_entity', '/links/0/uuid'],
        [3, 'self_link', '/links/1/uuid'],
        [4, 'unknown_relation', '/links/0/relation'],
        [4, 'wrong_target_type', '/links/1/type'],
        [5, 'cardinality', '/links/1/relation'],
      ].sort() as never,
    );
    expect((await entities('city')).map(({ uuid }) => uuid)).toEqual([6, 7, 8].map(uuidOf));
    expect(await links(6)).toEqual(['near in 8']);
    await close();
  });
});

describe('links of uploaded rows', () => {
  test('come back from a download, whichever rows come first', async () => {
    const nodes = 6;
    const graph = fc.record({
      links: fc.array(
        fc.record({
          relation: fc.constantFrom('near', 'sees', 'suburb_of'),
          from: fc.nat(nodes - 1),
          to: fc.nat(nodes - 1),
        }),
        { maxLength: 20 },
      ),
      order: fc.shuffledSubarray([...Array(nodes).keys()], { minLength: nodes, maxLength: nodes }),
      shared: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(graph, async ({ links: wanted, order }) => {
        const { table, close } = await sqliteTable();
        const { registry, uploadRows, download, upload, entities, removeAll } = await world(table);
        await uploadRows(
          'city',
          order.map((n) => city(n)),
        );
        for (const { relation, from, to: target } of wanted) {
          const call = { params: { type: 'city', uuid: uuidOf(from) }, body: to(relation, target) };
          await registry.call('createLink', call).catch(() => undefined);
        }
        const before = await entities('city');
        const lines = (await download('city', 'ndjson')).trim().split('\n');
        await removeAll('city');
        const report = await upload('city', 'ndjson', order.map((i) => lines[i]).join('\n'));
        expect(report).toEqual({ created: nodes, updated: 0, failed: 0, errors: [] });
        expect(await entities('city')).toEqual(before);
        expect(await brokenLinks(table, order.map(uuidOf))).toEqual([]);
        await close();
      }),
      { numRuns: 40 },
    );
  });

  test('between rows of one file are made even if only one of the two tells of them', async () => {
    const graph = fc.uniqueArray(
      fc
        .tuple(fc.constantFrom('near', 'sees'), fc.nat(5), fc.nat(5))
        .filter(([, from, other]) => from < other),
      { maxLength: 12, selector: ([relation, from, other]) => `${relation} ${from} ${other}` },
    );
    await fc.assert(
      fc.asyncProperty(graph, fc.infiniteStream(fc.boolean()), async (wanted, toss) => {
        const { table, close } = await sqliteTable();
        const { uploadRows, links } = await world(table);
        const rows = Array.from({ length: 6 }, (_, n) => city(n));
        const expected = new Set<string>();
        for (const [relation, a, b] of wanted) {
          const [from, other] = toss.next().value ? [a, b] : [b, a];
          rows[from]!.links.push(to(relation, other));
          expected.add(`${from}: ${relation} out ${other}`).add(`${other}: ${relation} in ${from}`);
        }
        expect(await uploadRows('city', rows)).toMatchObject({ created: 6, failed: 0 });
        const all = await Promise.all(
          rows.map(async (_, n) => (await links(n)).map((link) => `${n}: ${link}`)),
        );
        expect(all.flat().sort()).toEqual([...expected].sort());
        await close();
      }),
      { numRuns: 40 },
    );
  });

  test('may be more than a transaction or a row holds', async () => {
    const { table, close } = await sqliteTable();
    const { uploadRows, download, upload, entities, removeAll } = await world(table);
    const COUNT = 700;
    await uploadRows('country', [country(9999)]);
    const rows = Array.from({ length: COUNT }, (_, n) => city(n, to('in', 9999, 'country')));
    expect(await uploadRows('city', rows)).toMatchObject({ created: COUNT, failed: 0 });
    for (const format of ['ndjson', 'csv'] as const) {
      const file = await download('country', format);
      const parts = file.split('\n').filter((line) => line.includes(uuidOf(9999)));
      expect(parts.length).toBeGreaterThan(1);
      expect(file.match(/direction/g)).toHaveLength(COUNT);
      const before = await entities('country');
      await removeAll('country');
      expect((await entities('city')).every((one) => (one.links as object[]).length === 0)).toBe(true);
      const report = await upload('country', format, file);
      expect(report).toEqual({ created: 1, updated: parts.length - 1, failed: 0, errors: [] });
      expect(await entities('country')).toEqual(before);
    }
    await close();
  });

  test('wait in the table, and leave nothing behind', async () => {
    const { table, close } = await sqliteTable();
    const kept = new Map<string, number>();
    const watched: Table = {
      ...table,
      async write(actions) {
        await table.write(actions);
        for (const action of actions) {
          if (action.type === 'put' && action.item.kind === 'waiting_row') kept.set(action.item.sk, 1);
          if (action.type === 'delete') kept.delete(action.key.sk);
        }
        most = Math.max(most, kept.size);
      },
    };
    let most = 0;
    const { uploadRows } = await world(watched);
    const rows = Array.from({ length: 700 }, (_, n) => city(n, ...(n < 699 ? [to('sees', n + 1)] : [])));
    expect(await uploadRows('city', rows)).toMatchObject({ created: 700, failed: 0 });
    expect(most).toBeGreaterThan(500);
    expect(kept.size).toBe(0);
    await close();
  });

  test('leave a row of a circle without them if the other fails after all, and say so', async () => {
    const { table, close } = await sqliteTable();
    const { uploadRows, links } = await world(table);
    const report = await uploadRows('city', [
      city(1, to('sees', 2)),
      { ...city(2, to('sees', 1), to('sees', 3)), fields: {} },
      city(3, to('sees', 2), to('sees', 1)),
    ]);
    expect(report.errors.map(({ line, code }) => [line, code])).toContainEqual([2, 'required']);
    expect(report.created + report.failed).toBe(3);
    for (const { line, detail } of report.errors.filter((error) => error.code === 'unknown_entity')) {
      const isWritten = await links(line).then(
        () => true,
        () => false,
      );
      expect(detail.startsWith('The entity was written, but not with all its links.')).toBe(isWritten);
    }
    expect(await brokenLinks(table, [1, 2, 3].map(uuidOf))).toEqual([]);
    await close();
  });
});
