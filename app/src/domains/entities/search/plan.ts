import type { FieldDefinition } from '../../../schema/definition.ts';
import { orderedTexts } from '../../../schema/values.ts';
import { compareKeys, lastKey, under } from '../../../table/keys.ts';
import { entryKeys, fieldIndex, listing, tagIndex, valueRange } from '../keys.ts';
import { type EntityRecord, shapeOf } from '../model.ts';
import { malformed } from './expression.ts';
import type { Condition, LinkCondition, Search } from './request.ts';
import { FIRST_ID } from './streams.ts';

/** A range of one index that holds exactly the entities that meet one condition, sorted by uuid. */
export interface Lookup {
  readonly name: string;
  readonly pk: string;
  readonly from: string;
  readonly to: string;
}

/** A range of one index read in its own order; `accept` drops entries that another one stands for. */
export interface Segment extends Lookup {
  readonly reverse: boolean;
  readonly accept?: (record: EntityRecord, sk: string) => boolean;
}

/**
 * How a search is answered. A join merges lookups that are sorted by uuid. An ordered plan walks the segments
 * of one index and checks everything else on the entities. Whatever the plan, entities are checked in full.
 */
export type Plan =
  | {
      readonly kind: 'join';
      readonly lookups: readonly Lookup[];
      readonly links: readonly LinkCondition[];
      /** Conditions that an index could answer in another order: joined too if their entries are few. */
      readonly ranges: readonly Lookup[];
    }
  | {
      readonly kind: 'ordered';
      readonly segments: readonly Segment[];
      /** Lookups that could answer instead, if what they leave is few enough to sort. */
      readonly lookups: readonly Lookup[];
      readonly links: readonly LinkCondition[];
    };

export function planFor(organisation: string, search: Search): Plan {
  const { definition, sort, links, uuids } = search;
  const indexed = search.conditions.filter((condition) => condition.field.indexed);
  const at = (field: FieldDefinition) => fieldIndex(organisation, definition.name, field.id);
  const lookups = [
    ...indexed.filter((c) => c.operator === '=').map((c) => equality(at(c.field), c)),
    ...search.tags.map((tag) => tagLookup(organisation, definition.name, tag)),
  ];
  const ranges = indexed.filter((c) => c.operator !== '=' && c.operator !== '!=');
  const joinable = lookups.length + links.length > 0 || uuids !== undefined;
  if (!joinable) refuseScan(search, indexed);

  const driver = sort?.field ?? (joinable ? undefined : (ranges[0] ?? indexed[0])?.field);
  if (driver) {
    return { kind: 'ordered', segments: segmentsOf(organisation, search, driver), lookups, links };
  }
  const all: Lookup = {
    name: 'listing',
    pk: listing(organisation, definition.name),
    from: '',
    to: lastKey,
  };
  return {
    kind: 'join',
    lookups: joinable ? lookups : [all],
    links,
    ranges: ranges.map((c) => ({ name: `range:${c.field.name}`, pk: at(c.field), ...interval([c]) })),
  };
}

function refuseScan(search: Search, indexed: readonly Condition[]): void {
  const unindexed = search.conditions.find((condition) => !condition.field.indexed);
  if (!unindexed || (indexed.length > 0 && indexed.some((c) => c.operator !== '!='))) return;
  const name = unindexed.field.name;
  throw malformed(
    'fields',
    `The field ${name} is not indexed: add a condition on an indexed field, a tag or a link.`,
    { reason: 'not_indexed' },
  );
}

function equality(pk: string, { field, text }: Condition): Lookup {
  return { name: `field:${field.name}`, pk, ...valueRange.equal(text) };
}

function tagLookup(organisation: string, type: string, tag: string): Lookup {
  return { name: `tag:${tag}`, pk: tagIndex(organisation, type), ...under(tag) };
}

/** The sort keys of all values that meet these conditions on one field. */
function interval(conditions: readonly Condition[]): { from: string; to: string } {
  let { from, to } = valueRange.all();
  for (const { operator, text } of conditions) {
    const equal = valueRange.equal(text);
    const prefix = valueRange.prefix(text);
    if (operator === '=') [from, to] = [max(from, equal.from), min(to, equal.to)];
    if (operator === '^=') [from, to] = [max(from, prefix.from), min(to, prefix.to)];
    if (operator === '>') from = max(from, equal.to);
    if (operator === '>=') from = max(from, equal.from);
    if (operator === '<') to = min(to, equal.from);
    if (operator === '<=') to = min(to, equal.to);
  }
  return { from, to };
}

const max = (a: string, b: string) => (compareKeys(a, b) >= 0 ? a : b);
const min = (a: string, b: string) => (compareKeys(a, b) <= 0 ? a : b);

/**
 * The parts of a field's index that a search walks: the values in order, then, if nothing asks for a value,
 * the entities without one, last those that were written before the field came.
 */
function segmentsOf(organisation: string, search: Search, field: FieldDefinition): Segment[] {
  const reverse = search.sort?.field === field && search.sort.descending;
  const { name: type } = search.definition;
  const own = search.conditions.filter((condition) => condition.field === field);
  const positive = own.filter((condition) => condition.operator !== '!=');
  const pk = fieldIndex(organisation, type, field.id);
  // An array may meet two conditions by two different elements, so only one of them may bound the walk.
  const bounds = interval(field.type === 'array' ? positive.slice(0, 1) : positive);
  const values: Segment = {
    name: `${search.sort ? 'sort' : 'range'}:${field.name}`,
    pk,
    ...bounds,
    reverse,
    ...(field.type === 'array' ? { accept: firstEntryOnly(field, bounds) } : {}),
  };
  if (positive.length > 0) return [values];
  const none: Segment = { name: `none:${field.name}`, pk, ...valueRange.none(), reverse: false };
  if (field.since === undefined) return [values, none];
  const { since } = field;
  const older: Segment = {
    name: 'listing',
    pk: listing(organisation, type),
    from: FIRST_ID,
    to: lastKey,
    reverse: false,
    accept: (record) => shapeOf(record) < since,
  };
  return [values, none, older];
}

/** An array has an entry for each element: only the first one within the bounds stands for the entity. */
function firstEntryOnly(field: FieldDefinition, { from, to }: { from: string; to: string }) {
  return (record: EntityRecord, sk: string): boolean => {
    const within = entriesOf(field, record).filter(
      (k) => compareKeys(k, from) >= 0 && compareKeys(k, to) <= 0,
    );
    return within.sort(compareKeys)[0] === sk;
  };
}

function entriesOf(field: FieldDefinition, record: EntityRecord): string[] {
  const value = record.fields[field.id];
  return entryKeys(value === undefined ? [] : orderedTexts(field, value), record.uuid);
}

/** Where an ordered plan stands: behind this sort key of this segment. */
export type Position = readonly [segment: number, sk: string];

/** Where a record stands in the segments of its sort field. */
export function positionOf(field: FieldDefinition, record: EntityRecord): Position {
  if (record.fields[field.id] !== undefined) return [0, entriesOf(field, record)[0]!];
  if (shapeOf(record) < (field.since ?? 0)) return [2, record.uuid];
  return [1, entriesOf(field, record)[0]!];
}

/** Reading order of two positions. */
export function comparePositions(a: Position, b: Position, descending: boolean): number {
  if (a[0] !== b[0]) return a[0] - b[0];
  const order = compareKeys(a[1], b[1]);
  return descending && a[0] === 0 ? -order : order;
}
