import { isDeepStrictEqual } from 'node:util';
import type { FieldError } from '../kernel/errors.ts';
import { convert } from './convert.ts';
import type { FieldDefinition, TypeDefinition } from './definition.ts';
import type { FieldValues } from './values.ts';

/** A field as entities store it, shown or not; `until` is the version of the type from which on they do not. */
export interface StoredField {
  readonly field: FieldDefinition;
  readonly until?: number;
}

export function storedFields({ fields, migration }: TypeDefinition): readonly StoredField[] {
  return [...fields.map((field) => ({ field })), ...(migration?.shadows ?? [])];
}

export interface Shadowed {
  readonly values: FieldValues;
  /** What a caller must not be allowed to write. */
  readonly errors: readonly FieldError[];
  /** What stands in the way of a strict shadow, though it was there before. */
  readonly leftovers: readonly FieldError[];
}

const NOTHING: Shadowed = { values: {}, errors: [], leftovers: [] };

/**
 * The values of the hidden fields that belong to these shown ones. Where the shown value stays what it was, the hidden
 * one does too: so going back brings back exactly what was there. An old value that cannot be converted is not
 * held against whoever changes something else.
 */
export function shadowValues(
  { migration }: TypeDefinition,
  shown: FieldValues,
  before: FieldValues | undefined,
): Shadowed {
  if (!migration) return NOTHING;
  const values: Record<string, FieldValues[string]> = {};
  const errors: FieldError[] = [];
  const leftovers: FieldError[] = [];
  for (const shadow of migration.shadows) {
    if (shadow.until !== undefined) continue;
    const { of, field, strict } = shadow;
    const isOld = before !== undefined && isDeepStrictEqual(before[of], shown[of]);
    const made =
      isOld && before[field.id] !== undefined
        ? { value: before[field.id], errors: [] }
        : convert(shadow, shown[of]);
    if (made.errors.length === 0 && made.value !== undefined) values[field.id] = made.value;
    if (strict) (isOld ? leftovers : errors).push(...made.errors);
  }
  return { values, errors, leftovers };
}

/** The shown values among all that an entity stores. */
export function shownValues({ fields }: TypeDefinition, stored: FieldValues): FieldValues {
  const entries = fields.flatMap(({ id }) => (stored[id] === undefined ? [] : [[id, stored[id]] as const]));
  return Object.fromEntries(entries);
}
