import { type FieldError, pointer } from '../kernel/errors.ts';
import type { Value } from '../table/table.ts';
import { elementType, type FieldDefinition, type ScalarType, type ShadowField } from './definition.ts';
import { checkField } from './values.ts';

/** A converted value, absent where the field stays empty, or what is wrong with it. */
export interface Converted {
  readonly value?: Value | undefined;
  readonly errors: readonly FieldError[];
}

/** Makes the value of a shadow field from that of the field it follows. Errors point to the field under `/fields`. */
export function convert({ field, conversion }: ShadowField, value: Value | undefined): Converted {
  const { values = [], otherwise } = conversion;
  if (value === undefined || value === null) return emptied(field);
  const text = textOf(value);
  const listed = values.find(({ from }) => from === text);
  const given = listed ? listed.to : value;
  const made = given === null ? undefined : coerced(field, given);
  if (made === undefined || made === null) return emptied(field);
  const errors: FieldError[] = [];
  const stored = checkField(field, made, errors);
  if (errors.length === 0 || otherwise === 'refuse') return { value: stored, errors };
  return otherwise === 'default' ? { value: field.default as Value, errors: [] } : emptied(field);
}

/** What a field holds where nothing is to be had: nothing if it may, or else its default. */
function emptied({ name, required, default: usual }: FieldDefinition): Converted {
  if (!required) return { errors: [] };
  if (usual !== undefined) return { value: usual as Value, errors: [] };
  const detail = 'This field is required.';
  return { errors: [{ pointer: pointer('fields', name), code: 'required', detail }] };
}

/** The value in the form of the field's type, as far as there is an obvious one; judged by whoever asked. */
function coerced(field: FieldDefinition, value: Value): Value | undefined {
  const type = elementType(field);
  const isList = Array.isArray(value) && (field.type === 'array' || type !== 'json');
  const elements = isList ? (value as readonly Value[]) : [value];
  const all = elements.map((element) => coercedScalar(type, element));
  if (field.type === 'array') return all;
  // Several values have no obvious place in one; as they are they will be refused.
  return all.length > 1 ? value : all[0];
}

const TEXTS: ReadonlySet<ScalarType> = new Set(['string', 'text', 'email', 'url', 'uuid', 'enum', 'decimal']);
const NUMBER = /^\s*[+-]?\d+(\.\d+)?([eE][+-]?\d+)?\s*$/;
const TRUTHS: Readonly<Record<string, boolean>> = { true: true, false: false, '1': true, '0': false };

function coercedScalar(type: ScalarType, value: Value): Value {
  if (TEXTS.has(type)) return type === 'decimal' ? textOf(value).trim() : textOf(value);
  if (type === 'integer' || type === 'number') {
    return typeof value === 'string' && NUMBER.test(value) ? Number(value) : value;
  }
  if (type === 'boolean') return TRUTHS[textOf(value).toLowerCase()] ?? value;
  if (typeof value !== 'string') return value;
  if (type === 'date') return /^\d{4}-\d{2}-\d{2}[Tt]/.test(value) ? value.slice(0, 10) : value;
  if (type === 'datetime') return /^\d{4}-\d{2}-\d{2}$/.test(value) ? `${value}T00:00:00Z` : value;
  return value;
}

/** A value as text: what it is if it is one, JSON if not. */
export const textOf = (value: Value): string => (typeof value === 'string' ? value : JSON.stringify(value));
