import fc from 'fast-check';
import { type Registry, registryOver } from '../support/registry.ts';
import { dynamoTable, sqliteTable, type TableFactory } from '../support/tables.ts';
import { type Kind, type NaiveEntity, type NaiveQuery, naiveSearch } from './naive-search.ts';

const KINDS: Record<string, Kind> = {
  s: 'text',
  n: 'number',
  d: 'decimal',
  b: 'boolean',
  t: 'instant',
  list: 'text',
  plain: 'text',
  late: 'number',
};

const VALUES = {
  s: ['', 'a', 'A', 'a b', 'ab', 'abc', 'a#b', 'a$', 'é', 'e\u0301', '\u{1D4B3}', '\uFFFD', '~', 'is', '"'],
  n: [0, 1, -1, 2, 9, 10, 11, 100, -100, 1e15, -99999],
  d: ['0', '1', '1.0', '1.5', '-1.5', '-1.49', '10', '0.001', '12345678901234567890.5'],
  b: [true, false],
  t: ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.5Z', '2026-01-01T01:00:00+01:00', '1999-12-31T23:59:59Z'],
  list: ['x', 'y', 'z', 'x y'],
  plain: ['p', 'q'],
  late: [1, 2, 3],
};

type Data = { fields: Record<string, never>; tags: string[]; links: { hub: number; relation: string }[] };

const data: fc.Arbitrary<Data> = fc.record({
  fields: fc.record(
    {
      s: fc.constantFrom(...VALUES.s),
      n: fc.constantFrom(...VALUES.n),
      d: fc.constantFrom(...VALUES.d),
      b: fc.constantFrom(...VALUES.b),
      t: fc.constantFrom(...VALUES.t),
      list: fc.array(fc.constantFrom(...VALUES.list), { maxLength: 3 }),
      plain: fc.constantFrom(...VALUES.plain),
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<Record<string, never>>,
  tags: fc.uniqueArray(fc.constantFrom('red', 'green', 'b lue'), { maxLength: 3 }),
  links: fc.uniqueArray(
    fc.record({ hub: fc.nat(1), relation: fc.constantFrom('likes', 'liked_by', 'near') }),
    { maxLength: 3, selector: ({ hub, relation }) => `${hub} ${relation}` },
  ),
});

const term = fc.constantFrom('s', 'n', 'd', 'b', 't', 'list', 'plain', 'late').chain((field) =>
  fc.record({
    field: fc.constant(field),
    op: fc.constantFrom(
      '=',
      '=',
      '=',
      '!=',
      '>',
      '>=',
      '<',
      '<=',
      ...(KINDS[field] === 'text' ? ['^='] : []),
    ),
    value: fc.constantFrom(...(VALUES[field as keyof typeof VALUES] as (string | number | boolean)[])),
  }),
);

const query = fc.record(
  {
    terms: fc.array(term, { maxLength: 3 }),
    links: fc.array(
      fc.record({ hub: fc.nat(1), relation: fc.constantFrom(undefined, 'likes', 'liked_by', 'near') }),
      {
        maxLength: 2,
      },
    ),
    tags: fc.uniqueArray(fc.constantFrom('red', 'green', 'b lue'), { maxLength: 2 }),
    picked: fc.option(fc.array(fc.nat(30), { minLength: 1, maxLength: 10 }), { nil: undefined, freq: 4 }),
    sort: fc.constantFrom(undefined, undefined, 's', '-s', 'n', '-n', 'd', '-t', 'late', '-late'),
    limit: fc.integer({ min: 1, max: 9 }),
    json: fc.boolean(),
  },
  { requiredKeys: ['terms', 'links', 'tags', 'limit', 'json'] },
);

async function define(registry: Registry): Promise<void> {
  await registry.call('createEntityType', { body: { name: 'hub' } });
  await registry.call('createEntityType', {
    body: {
      name: 'thing',
      fields: [
        { name: 's', type: 'string', indexed: true },
        { name: 'n', type: 'integer', indexed: true },
        { name: 'd', type: 'decimal', indexed: true },
        { name: 'b', type: 'boolean', indexed: true },
        { name: 't', type: 'datetime', indexed: true },
        { name: 'list', type: 'array', items: 'string', indexed: true },
        { name: 'plain', type: 'string' },
      ],
      links: [
        { relation: 'likes', to: 'hub', inverse: 'liked' },
        { relation: 'near', to: 'hub', inverse: 'near' },
      ],
    },
  });
  await registry.call('changeEntityType', {
    params: { name: 'hub' },
    body: { links: [{ relation: 'likes', to: 'thing', inverse: 'liked_by' }] },
  });
}

/** Stores the data as the service does, in the middle of it adds a field, and answers the naive copy of it. */
async function store(
  registry: Registry,
  all: readonly Data[],
): Promise<{ hubs: string[]; entities: NaiveEntity[] }> {
  const made = async (type: string, body: object) =>
    ((await registry.call('createEntity', { params: { type }, body })).body as { uuid: string }).uuid;
  const hubs = [await made('hub', {}), await made('hub', {})];
  const entities: NaiveEntity[] = [];
  for (const [i, { fields, tags, links }] of all.entries()) {
    if (i === Math.floor(all.length / 2)) await addLateField(registry);
    const late: Record<string, number> = i > all.length / 2 && i % 3 > 0 ? { late: (i % 3) + 1 } : {};
    const asked = links.map((link) => ({ relation: link.relation, type: 'hub', uuid: hubs[link.hub]! }));
    const now = { fields: { ...fields, ...late }, tags };
    // Every other one was something else before, of which no index may tell any more.
    const first = i % 2 === 0 ? now : (all[i - 1] as Data);
    const uuid = await made('thing', { fields: first.fields, tags: first.tags, links: asked });
    if (first !== now) await registry.call('replaceEntity', { params: { type: 'thing', uuid }, body: now });
    entities.push({
      uuid,
      fields: { ...fields, ...late },
      tags,
      links: links.map((link) => ({ name: link.relation, uuid: hubs[link.hub]! })),
    });
  }
  if (all.length === 0) await addLateField(registry);
  return { hubs, entities };
}

const addLateField = (registry: Registry) =>
  registry.call('changeEntityType', {
    params: { name: 'thing' },
    body: { fields: [{ name: 'late', type: 'integer', indexed: true }] },
  });

const expression = ({ field, op, value }: NaiveQuery['terms'][number]) =>
  `${field}${op}${typeof value === 'string' ? JSON.stringify(value) : value}`;

/** Every page of a search. Unindexed fields alone are refused, which the caller expects. */
async function everyPage(
  registry: Registry,
  asked: NaiveQuery,
  limit: number,
  json: boolean,
): Promise<string[]> {
  const { terms, links, tags, uuids, sort } = asked;
  const found: string[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < 200; pages++) {
    const paging = { limit, ...(cursor ? { cursor } : {}), ...(sort ? { sort } : {}) };
    const params = { type: 'thing' };
    const answer = json
      ? await registry.call('searchEntitiesByBody', {
          params,
          body: {
            ...paging,
            fields: terms,
            links,
            tags,
            ...(uuids ? { uuids } : {}),
          },
        })
      : await registry.call('searchEntities', {
          params,
          query: {
            ...paging,
            fields: terms.map(expression),
            links: links.map(({ relation, uuid }) => (relation ? `${relation}:${uuid}` : uuid)),
            ...(tags.length > 0 ? { tags: [tags.join(',')] } : {}),
            ...(uuids ? { uuids: [uuids.join(',')] } : {}),
          },
        });
    const page = answer.body as { items: { uuid: string }[]; next_cursor: string | null };
    expect(page.items.length).toBeLessThanOrEqual(limit);
    found.push(...page.items.map((item) => item.uuid));
    if (page.next_cursor === null) return found;
    cursor = page.next_cursor;
  }
  throw new Error('the search does not end');
}

function isRefused({ terms, links, tags, uuids }: NaiveQuery): boolean {
  if (links.length + tags.length > 0 || uuids || !terms.some((t) => t.field === 'plain')) return false;
  return !terms.some((t) => t.field !== 'plain' && t.op !== '!=');
}

function agrees(name: string, factory: TableFactory, runs: number, queries: number): void {
  test(`agrees with the naive model on ${name}`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(data, { maxLength: 30 }),
        fc.array(query, { minLength: 1, maxLength: queries, size: 'max' }),
        fc.constantFrom({ readBudget: 2000, few: 200, batch: 25 }, { readBudget: 12, few: 3, batch: 2 }),
        async (all, asked, limits) => {
          const { table, close } = await factory();
          // Small limits, so that small data meets every path: jumps, spent budgets, ranges too long to join.
          const registry = registryOver(table, { limits });
          await define(registry);
          const { hubs, entities } = await store(registry, all);
          for (const { picked, limit, json, ...rest } of asked) {
            const wanted: NaiveQuery = {
              ...rest,
              links: rest.links.map(({ hub, relation }) => ({
                ...(relation ? { relation } : {}),
                uuid: hubs[hub]!,
              })),
              ...(picked ? { uuids: picked.map((i) => entities[i]?.uuid ?? hubs[0]!) } : {}),
            };
            if (isRefused(wanted)) {
              await expect(everyPage(registry, wanted, limit, json)).rejects.toMatchObject({
                code: 'invalid_query',
              });
              continue;
            }
            const found = await everyPage(registry, wanted, limit, json);
            const { ordered, others } = naiveSearch(KINDS, entities, wanted);
            expect(found.slice(0, ordered.length)).toEqual(ordered);
            expect(found.slice(ordered.length).toSorted()).toEqual(others.toSorted());
          }
          await close();
        },
      ),
      { numRuns: runs },
    );
  }, 120_000);
}

agrees('SQLite', sqliteTable, Number(process.env.SEARCH_RUNS ?? 40), 50);
agrees('DynamoDB', dynamoTable, 4, 50);
