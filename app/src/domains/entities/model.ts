import { createHash } from 'node:crypto';
import type { TypeDefinition } from '../../schema/definition.ts';
import type { FieldValues } from '../../schema/values.ts';
import type { Condition, Value } from '../../table/table.ts';

export interface Owners {
  readonly users: readonly string[];
  readonly groups: readonly string[];
  readonly organisations: readonly string[];
}

/** An entity as it is stored: field data by field id, no links. */
export interface EntityRecord {
  readonly uuid: string;
  readonly type: string;
  readonly organisation: string;
  readonly fields: FieldValues;
  readonly tags: readonly string[];
  readonly owners: Owners;
  /** Counts changes of the entity's own data; every update is conditional on it. */
  readonly version: number;
  /** Counts links that came and went, from either end. */
  readonly links_version: number;
  /** Set with the first link and never unset: tells listings which entities have links to read. */
  readonly linked: boolean;
  /** Version of the type that the data was last checked against. */
  readonly type_version: number;
  /** Version of the type that a migration brought it to since, if one did; see `shapeOf`. */
  readonly shape?: number;
  readonly created_at: string;
  readonly updated_at: string;
  /** The deletion that has claimed this entity, if any. */
  readonly doomed?: string;
}

/** The version of the type whose fields, shown and hidden, the record has and is indexed by. */
export const shapeOf = ({ shape, type_version }: EntityRecord): number => shape ?? type_version;

/** Holds as long as the record, links aside, is the one that was read: nobody changed, migrated, claimed or replaced it. */
export function unchanged({ version, type, created_at, shape }: EntityRecord): Condition {
  const equals = { version, type, created_at };
  if (shape === undefined) return { equals, missing: ['doomed', 'shape'] };
  return { equals: { ...equals, shape }, missing: ['doomed'] };
}

/** The same, with its links. */
export function untouched(record: EntityRecord): Condition {
  const condition = unchanged(record);
  return { ...condition, equals: { ...condition.equals, links_version: record.links_version } };
}

export type Direction = 'out' | 'in';

/** A link as one of its ends sees it. */
export interface LinkView {
  /** The relation's name as its type declares it. */
  readonly relation: string;
  readonly direction: Direction;
  readonly inverse?: string;
  /** The other end. */
  readonly type: string;
  readonly uuid: string;
  readonly properties?: Readonly<Record<string, Value>>;
}

export interface EntityView {
  readonly uuid: string;
  readonly type: string;
  readonly fields: Readonly<Record<string, Value>>;
  readonly links: readonly LinkView[];
  readonly links_truncated?: true;
  readonly tags: readonly string[];
  readonly owners: Owners;
  readonly organisation: string;
  readonly version: number;
  readonly type_version: number;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface LinkInput {
  readonly relation: string;
  readonly type: string;
  readonly uuid: string;
  readonly properties?: Readonly<Record<string, Value>>;
}

export interface EntityInput {
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly links?: readonly LinkInput[];
  readonly tags?: readonly string[];
  readonly owners?: Partial<Owners>;
}

/** Names one entity. */
export interface EntityRef {
  readonly type: string;
  readonly uuid: string;
}

/** A link's two ends, both by role, with what its relation's definition says. */
export interface LinkEnds {
  readonly relation: string;
  readonly inverse?: string;
  readonly source: EntityRef;
  readonly target: EntityRef;
  /** Whether the source may have one such link only, and whether the target may. */
  readonly onePerSource: boolean;
  readonly onePerTarget: boolean;
}

/** Links beyond this many are left out of an entity and read from its links resource. */
export const INLINE_LINKS = 100;

/** What a caller sees. Lists what leaves, so that nothing else can. */
export function present(
  definition: TypeDefinition,
  record: EntityRecord,
  links: readonly LinkView[],
): EntityView {
  const fields: Record<string, Value> = {};
  for (const field of definition.fields) {
    const value = record.fields[field.id];
    if (value !== undefined) fields[field.name] = value;
  }
  const { users, groups, organisations } = record.owners;
  const truncated = links.length > INLINE_LINKS;
  return {
    uuid: record.uuid,
    type: record.type,
    fields,
    links: truncated ? links.slice(0, INLINE_LINKS) : links,
    ...(truncated ? { links_truncated: true } : {}),
    tags: record.tags,
    owners: { users, groups, organisations }, // in this order, which a store need not keep
    organisation: record.organisation,
    version: record.version,
    type_version: record.type_version,
    created_at: record.created_at,
    updated_at: record.updated_at,
  };
}

/**
 * The strong validator of an entity's representation: its own version, that of its links, its birth (so that
 * a successor of the same uuid differs) and, where fields were renamed, a digest of their names.
 */
export function etagOf(definition: TypeDefinition, record: EntityRecord): string {
  const born = Date.parse(record.created_at).toString(36);
  return `"${record.version}.${record.links_version}-${born}${namesDigest(definition)}"`;
}

const digests = new WeakMap<TypeDefinition, string>();

function namesDigest(definition: TypeDefinition): string {
  const known = digests.get(definition);
  if (known !== undefined) return known;
  const renamed = definition.fields.filter((field) => field.id !== field.name);
  const names = JSON.stringify(renamed.map((field) => [field.id, field.name]));
  const digest =
    renamed.length === 0 ? '' : `-${createHash('sha256').update(names).digest('base64url').slice(0, 8)}`;
  digests.set(definition, digest);
  return digest;
}
