import { createHash } from 'node:crypto';
import { foldName } from '../../schema/order.ts';
import { type KeyRange, key, startingWith, under } from '../../table/keys.ts';
import type { Item, Key } from '../../table/table.ts';
import type { Direction, EntityRecord, EntityRef, LinkEnds, LinkView } from './model.ts';

/** An entity and its links share a partition, so that one query reads both. */
const ENTITY = key('entity');
const partitionOf = (organisation: string, uuid: string) => key(organisation, 'entity', uuid);

export const entityKey = (organisation: string, uuid: string): Key => ({
  pk: partitionOf(organisation, uuid),
  sk: ENTITY,
});

/** The entity item and, after it, its links. */
export const entityWithLinks = (organisation: string, uuid: string) => ({
  pk: partitionOf(organisation, uuid),
  from: ENTITY,
  to: under('link').to,
});

export const linksOf = (organisation: string, uuid: string) => ({
  pk: partitionOf(organisation, uuid),
  ...under('link'),
});

/** Index entries of one type: a partition whose sort keys end with the entity's uuid. */
export const listing = (organisation: string, type: string) => key(organisation, 'type', type, 'all');
export const fieldIndex = (organisation: string, type: string, fieldId: string) =>
  key(organisation, 'type', type, 'field', fieldId);
export const tagIndex = (organisation: string, type: string) => key(organisation, 'type', type, 'tag');

/** The scope of a type's listings and indexes. */
export const collectionOf = (organisation: string, type: string) => key(organisation, 'type', type);
/** The scope of an entity and its links. */
export const memberOf = partitionOf;

const HAS_VALUE = 'is';
const NO_VALUE = 'none';

/** An entity's entries in a field index: `is#<value>#<uuid>` for each value, or else `none#<uuid>`. */
export const entryKeys = (texts: readonly string[], uuid: string): string[] =>
  texts.length === 0 ? [key(NO_VALUE, uuid)] : texts.map((text) => key(HAS_VALUE, text, uuid));

export function uniqueKey(organisation: string, type: string, fieldId: string, value: string): Key {
  return { pk: key(organisation, 'type', type, 'unique', fieldId, value), sk: 'unique' };
}

/** Holds one combination of values that no two entities may share. */
export function combinationKey(organisation: string, type: string, values: readonly string[]): Key {
  return { pk: key(organisation, 'type', type, 'together', ...values.map(shortened)), sk: 'unique' };
}

/** Says to which group a member belongs, and by how many entities. */
export function groupKey(organisation: string, type: string, name: string, member: string): Key {
  return { pk: key(organisation, 'type', type, 'group', name, shortened(member)), sk: 'group' };
}

const READABLE_BYTES = 300;

/** Texts stay readable in a key, unless they would not fit. */
function shortened(text: string): string {
  if (Buffer.byteLength(text) <= READABLE_BYTES) return text;
  return createHash('sha256').update(text).digest('base64url');
}

/** Two spellings of one name meet in one unique value. */
export const uniqueForm = (folded: boolean, text: string) => (folded ? foldName(text) : text);

/** How each end calls a link; an end whose relation has no inverse name calls it `~relation`. */
const nameFrom = (ends: LinkEnds, end: 'source' | 'target') =>
  end === 'source' ? ends.relation : (ends.inverse ?? `~${ends.relation}`);

/**
 * A link is two items. The one in an end's partition is filed under the other end: its type, how it calls
 * the link, and its uuid. So all entities that reach this one by a relation are one sorted range.
 */
export function linkKey(organisation: string, ends: LinkEnds, at: 'source' | 'target'): Key {
  const other = at === 'source' ? 'target' : 'source';
  return {
    pk: partitionOf(organisation, ends[at].uuid),
    sk: key('link', ends[other].type, nameFrom(ends, other), ends[other].uuid),
  };
}

/** The range of entities of a type that reach `uuid` by relation `name`; all names without one. */
export function reaching(organisation: string, uuid: string, type: string, name?: string) {
  const range = name === undefined ? under('link', type) : under('link', type, name);
  return { pk: partitionOf(organisation, uuid), ...range };
}

/** Holds the place of the only link that an end may have by a relation. */
export function onlyLinkKey(organisation: string, ends: LinkEnds, at: 'source' | 'target'): Key {
  return {
    pk: partitionOf(organisation, ends[at].uuid),
    sk: key('one', nameFrom(ends, at), ends.source.type),
  };
}

export function toItem(record: EntityRecord): Item {
  const { fields, owners, ...rest } = record;
  return {
    ...entityKey(record.organisation, record.uuid),
    kind: 'entity',
    schema: 1,
    ...rest,
    fields,
    owners: { ...owners },
  };
}

export function fromItem(item: Item): EntityRecord {
  const { pk: _pk, sk: _sk, kind: _kind, schema: _schema, ...record } = item;
  return record as unknown as EntityRecord;
}

export function linkItem(
  organisation: string,
  ends: LinkEnds,
  at: 'source' | 'target',
  properties: LinkView['properties'],
): Item {
  const other = at === 'source' ? ends.target : ends.source;
  const direction: Direction = at === 'source' ? 'out' : 'in';
  return {
    ...linkKey(organisation, ends, at),
    kind: 'link',
    schema: 1,
    relation: ends.relation,
    direction,
    ...(ends.inverse === undefined ? {} : { inverse: ends.inverse }),
    type: other.type,
    uuid: other.uuid,
    one_per_source: ends.onePerSource,
    one_per_target: ends.onePerTarget,
    ...(properties === undefined ? {} : { properties }),
  };
}

export function linkFromItem(item: Item): LinkView {
  const { relation, direction, inverse, type, uuid, properties } = item as unknown as LinkView;
  return {
    relation,
    direction,
    ...(inverse === undefined ? {} : { inverse }),
    type,
    uuid,
    ...(properties === undefined ? {} : { properties }),
  };
}

/** The two ends of a stored link that was read from the partition of `from`. */
export function endsFromItem(from: EntityRef, item: Item): LinkEnds {
  const link = linkFromItem(item);
  const other = { type: link.type, uuid: link.uuid };
  const [source, target] = link.direction === 'out' ? [from, other] : [other, from];
  return {
    relation: link.relation,
    ...(link.inverse === undefined ? {} : { inverse: link.inverse }),
    source,
    target,
    onePerSource: item.one_per_source === true,
    onePerTarget: item.one_per_target === true,
  };
}

/** Sort-key range of a field index by value. Bounds are order-preserving texts. */
export const valueRange = {
  all: (): KeyRange => under(HAS_VALUE),
  equal: (text: string): KeyRange => under(HAS_VALUE, text),
  prefix: (text: string): KeyRange => startingWith([HAS_VALUE], text),
  none: (): KeyRange => under(NO_VALUE),
};
