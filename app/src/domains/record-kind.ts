import type Joi from 'joi';
import type { Permission } from '../kernel/actor.ts';
import type { TypeDefinition } from '../schema/definition.ts';
import type { Value } from '../table/table.ts';

/**
 * A built-in type with a resource of its own: its records are entities, shown flat. `{ uuid, <fields>, tags, version,
 * created_at, updated_at }` in place of fields, links, owners and what else every entity has.
 */
export interface RecordKind {
  readonly definition: TypeDefinition;
  /** Such as `/api/v1/people`. */
  readonly path: string;
  /** How one record is called in sentences and, as `Person`, in the names of operations. */
  readonly noun: string;
  readonly permission: { readonly read: Permission; readonly write: Permission };
  readonly hasTags: boolean;
  /** Query parameters of the listing besides paging. */
  readonly filters: Readonly<Record<string, Joi.Schema>>;
  /** The conditions that these stand for. */
  readonly conditions: (query: Readonly<Record<string, string>>) => readonly Condition[];
}

/** One condition of a search, all of which must hold. */
export interface Condition {
  readonly name: string;
  readonly operator: '=' | '>' | '>=' | '<' | '<=' | '^=';
  readonly value: unknown;
}

/** A record as it is shown. */
export interface FlatRecord {
  readonly uuid: string;
  readonly version: number;
  readonly created_at: string;
  readonly updated_at: string;
  readonly [field: string]: Value;
}

/** Conditions of the given operator for those of the fields that the query names. */
export function conditionsFor(
  query: Readonly<Record<string, string>>,
  operator: Condition['operator'],
  fields: Readonly<Record<string, string>>,
): Condition[] {
  return Object.entries(fields).flatMap(([parameter, name]) => {
    const value = query[parameter];
    return value === undefined ? [] : [{ name, operator, value }];
  });
}
