import type { Actor } from '../../../kernel/actor.ts';
import type { TypeDefinition } from '../../../schema/definition.ts';
import type { Cursors } from '../../../table/cursor.ts';
import type { Table } from '../../../table/table.ts';
import type { EntityRecord } from '../model.ts';
import type { Found, Reader } from '../reader.ts';
import type { DefinitionOf } from '../service.ts';
import { type CountedTable, countReads, SEARCH_LIMITS, type SearchLimits, uuidOf } from './budget.ts';
import { collectAll, fillFromJoin, type Hits } from './join.ts';
import { type LinkLookup, linkKeys, linkLookup, linkStream } from './links.ts';
import { comparePositions, type Lookup, type Plan, type Position, planFor, positionOf } from './plan.ts';
import { meets, type Search, type SearchInput, understand } from './request.ts';
import { type IdStream, listStream, pointerStream } from './streams.ts';
import { fillFromWalk } from './walk.ts';

export interface SearchOptions {
  readonly table: Table;
  readonly cursors: Cursors;
  readonly reader: Reader;
  readonly definitionOf: DefinitionOf;
  readonly limits?: SearchLimits | undefined;
}

export interface Explanation {
  readonly plan: 'join' | 'ordered' | 'collected';
  readonly indexes: readonly string[];
  readonly items_read: number;
  readonly store_calls: number;
}

export interface SearchResult {
  readonly definition: TypeDefinition;
  readonly found: readonly Found[];
  readonly next: string | null;
  readonly partial: boolean;
  readonly explanation: Explanation;
}

export type Searches = ReturnType<typeof createSearches>;

export function createSearches(options: SearchOptions) {
  const { table, cursors, reader, definitionOf, limits = SEARCH_LIMITS } = options;
  /** One page of the entities of a type that meet all conditions. */
  return async function search(actor: Actor, type: string, input: SearchInput): Promise<SearchResult> {
    const { organisation } = actor;
    const definition = await definitionOf(organisation, type);
    const asked = understand(definition, input);
    const plan = planFor(organisation, asked);
    const scope = scopeOf(organisation, asked, input);
    const from = input.cursor === undefined ? undefined : cursors.open(scope, input.cursor);
    const budget = countReads(table, limits);
    const links = await Promise.all(plan.links.map((link) => linkLookup(budget, organisation, type, link)));
    const run = createRun(table, reader, budget, organisation, asked, links);
    const { hits, used } = await (plan.kind === 'join'
      ? run.join(plan, from as string | undefined, input.limit)
      : run.ordered(plan, from as Position | undefined, input.limit));
    const found = await reader.withLinks(organisation, hits.records);
    return {
      definition,
      found,
      next: hits.resume === undefined ? null : cursors.seal(scope, hits.resume),
      partial: hits.partial,
      explanation: { ...used, items_read: budget.itemsRead, store_calls: budget.calls },
    };
  };
}

/**
 * What a cursor is bound to: the organisation and everything that decides which entities come in which order. A field
 * that was replaced has another index, so ids count as well as names.
 */
function scopeOf(
  organisation: string,
  { definition, conditions, sort }: Search,
  input: SearchInput,
): unknown[] {
  const { terms, links, uuids, tags } = input;
  const ids = [...conditions.map(({ field }) => field.id), sort?.field.id ?? null];
  const about = [terms, links, uuids ?? null, tags, input.sort ?? null];
  return [organisation, 'search', definition.name, ...about, ids];
}

interface Ran {
  readonly hits: Hits<unknown>;
  readonly used: Pick<Explanation, 'plan' | 'indexes'>;
}

function createRun(
  table: Table,
  reader: Reader,
  budget: CountedTable,
  organisation: string,
  search: Search,
  links: readonly LinkLookup[],
) {
  const type = search.definition.name;

  function streamsOf(lookups: readonly Lookup[]): IdStream[] {
    return [
      ...(search.uuids ? [listStream('uuids', search.uuids)] : []),
      ...links.map((link) => linkStream(budget, organisation, type, link)),
      ...lookups.map((lookup) => pointerStream(budget, lookup.name, lookup)),
    ];
  }

  /** Entities that meet everything their own record can tell, in the order of `uuids`. */
  async function fetchEach(uuids: readonly string[]): Promise<(EntityRecord | undefined)[]> {
    if (uuids.length === 0) return [];
    budget.count(uuids.length);
    const records = await reader.records(organisation, type, uuids);
    return records.map((record) => (record && meets(search, record) ? record : undefined));
  }

  const fetch = async (uuids: readonly string[]) =>
    (await fetchEach(uuids)).filter((record) => record !== undefined);

  async function join(plan: Plan & { kind: 'join' }, from: string | undefined, limit: number): Promise<Ran> {
    const streams = streamsOf(plan.lookups);
    for (const range of plan.ranges) {
      const few = budget.spent ? undefined : await fewOf(range);
      if (few) streams.push(few);
    }
    const hits = await fillFromJoin(budget, streams, fetch, from, limit);
    return { hits, used: { plan: 'join', indexes: streams.map((stream) => stream.name) } };
  }

  /** The entities of a range, sorted by uuid, if they are few. */
  async function fewOf({ name, pk, from, to }: Lookup): Promise<IdStream | undefined> {
    const page = await budget.query({ pk, from, to, limit: budget.limits.few });
    if (page.next !== undefined) return undefined;
    return listStream(name, [...new Set(page.items.map(uuidOf))].sort());
  }

  async function ordered(
    plan: Plan & { kind: 'ordered' },
    from: Position | undefined,
    limit: number,
  ): Promise<Ran> {
    const collected = search.sort && (await collect(plan.lookups, search.sort, from, limit));
    if (collected) return collected;
    const hits = await fillFromWalk(budget, plan.segments, walkFetch, from, limit);
    return { hits, used: { plan: 'ordered', indexes: plan.segments.map((segment) => segment.name) } };
  }

  /** Sorts what the lookups leave, if that is little; undefined if it is not, or if there are no lookups. */
  async function collect(
    lookups: readonly Lookup[],
    sort: NonNullable<Search['sort']>,
    from: Position | undefined,
    limit: number,
  ): Promise<Ran | undefined> {
    const streams = streamsOf(lookups);
    if (streams.length === 0) return undefined;
    const uuids = await collectAll(budget, streams, budget.limits.few);
    if (!uuids) return undefined;
    const order = (a: Position, b: Position) => comparePositions(a, b, sort.descending);
    const all = (await fetch(uuids))
      .map((record) => ({ record, position: positionOf(sort.field, record) }))
      .filter(({ position }) => from === undefined || order(position, from) > 0)
      .sort((a, b) => order(a.position, b.position));
    const page = all.slice(0, limit);
    const resume = all.length > limit ? { resume: page.at(-1)!.position } : {};
    const hits = { records: page.map(({ record }) => record), ...resume, partial: false };
    return { hits, used: { plan: 'collected', indexes: streams.map((stream) => stream.name) } };
  }

  /** Like `fetchEach`, for entities that no lookup has chosen: also checks links and the list of uuids. */
  async function walkFetch(uuids: readonly string[]): Promise<(EntityRecord | undefined)[]> {
    const records = await fetchEach(uuids);
    const wanted = search.uuids && new Set(search.uuids);
    const linked = await Promise.all(links.map((link) => linkedTo(link, uuids)));
    return records.map((record, i) =>
      record && (wanted?.has(record.uuid) ?? true) && linked.every((each) => each[i]) ? record : undefined,
    );
  }

  async function linkedTo(link: LinkLookup, uuids: readonly string[]): Promise<boolean[]> {
    const keys = uuids.map((uuid) => linkKeys(organisation, type, link, uuid));
    const items = await table.getMany(keys.flat());
    budget.count(keys.flat().length);
    const { length } = link.relations;
    return uuids.map((_, i) => items.slice(i * length, (i + 1) * length).some((item) => item !== undefined));
  }

  return { join, ordered };
}
