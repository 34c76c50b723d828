import { type FieldError, pointer } from '../kernel/errors.ts';
import { compareKeys, escapePart } from '../table/keys.ts';
import type { Value } from '../table/table.ts';
import type {
  Constraints,
  FieldDefinition,
  ItemsDefinition,
  ScalarType,
  TypeDefinition,
} from './definition.ts';
import { foldName } from './order.ts';
import { Refusal, SCALARS } from './scalars.ts';

/** Field data as it is stored: by field id. */
export type FieldValues = Readonly<Record<string, Value>>;

export interface Checked {
  readonly values: FieldValues;
  readonly errors: readonly FieldError[];
}

/** The room for a value in an index entry's sort key, in escaped bytes; the rest of the 1,024 names the entity. */
const MAX_INDEXED_BYTES = 980;

/**
 * Reads the fields of a whole record, by name, and answers them by id. Null means absent; what is left out
 * gets its default, if `defaults` says so. Every broken rule is reported, with a pointer under `/fields`.
 */
export function checkFields(
  definition: TypeDefinition,
  input: Readonly<Record<string, unknown>>,
  defaults: boolean,
): Checked {
  const values: Record<string, Value> = {};
  const errors: FieldError[] = [];
  let known = 0;
  for (const field of definition.fields) {
    const isGiven = Object.hasOwn(input, field.name);
    if (isGiven) known += 1;
    const given = isGiven ? input[field.name] : undefined;
    const value = given === undefined && defaults ? field.default : given;
    if (value !== undefined && value !== null) {
      const stored = checkField(field, value, errors);
      if (stored !== undefined) values[field.id] = stored;
    } else if (field.required) {
      errors.push({
        pointer: pointer('fields', field.name),
        code: 'required',
        detail: 'This field is required.',
      });
    }
  }
  if (known < Object.keys(input).length) errors.push(...unknownFields(definition, input));
  return { values, errors };
}

function unknownFields(definition: TypeDefinition, input: Readonly<Record<string, unknown>>): FieldError[] {
  const known = new Set(definition.fields.map((field) => field.name));
  return Object.keys(input)
    .filter((name) => !known.has(name))
    .map((name) => ({
      pointer: pointer('fields', name),
      code: 'unknown_field',
      detail: `The type ${definition.name} has no such field.`,
    }));
}

/** The stored form of one value, or undefined after adding what is wrong to `errors`. */
export function checkField(field: FieldDefinition, value: unknown, errors: FieldError[]): Value | undefined {
  const before = errors.length;
  const at = pointer('fields', field.name);
  const stored =
    field.type === 'array'
      ? checkArray(field, value, at, errors)
      : checkScalar(field, field.type, value, at, errors);
  if (errors.length === before && stored !== undefined && (field.indexed || field.unique)) {
    checkIndexable(field, stored, at, errors);
  }
  return errors.length === before ? stored : undefined;
}

function checkArray(
  field: FieldDefinition,
  value: unknown,
  at: string,
  errors: FieldError[],
): Value | undefined {
  if (!Array.isArray(value)) {
    errors.push({ pointer: at, code: 'invalid_type', detail: 'Must be an array.' });
    return undefined;
  }
  checkLength(field, value.length, 'elements', at, errors);
  const items: ItemsDefinition = field.items ?? { type: 'string' };
  return value.map((element, i) => checkScalar(items, items.type, element, at + pointer(i), errors) ?? null);
}

function checkScalar(
  rules: Constraints,
  type: ScalarType,
  value: unknown,
  at: string,
  errors: FieldError[],
): Value | undefined {
  const scalar = SCALARS[type];
  const parsed = scalar.parse(value);
  if (parsed instanceof Refusal) {
    errors.push({ pointer: at, code: parsed.code, detail: parsed.detail });
    return undefined;
  }
  if (scalar.measured && (rules.min_length !== undefined || rules.max_length !== undefined)) {
    checkLength(rules, [...(parsed as string)].length, 'characters', at, errors);
  }
  if (scalar.bounded) checkBounds(rules, type, parsed, at, errors);
  if (rules.enum && !rules.enum.some((option) => same(type, option, parsed))) {
    errors.push({ pointer: at, code: 'not_in_enum', detail: `Must be one of: ${rules.enum.join(', ')}.` });
  }
  return parsed;
}

/** Equal by the order of the type, so that the decimals 1.5 and 1.50 are one value. */
export function same(type: ScalarType, a: Value, b: Value): boolean {
  const { order } = SCALARS[type];
  return order ? order(a) === order(b) : a === b;
}

/** Compares two stored values by the order of their type: negative, zero or positive. */
export function compareValues(type: ScalarType, a: Value, b: Value): number {
  const { order } = SCALARS[type];
  return order ? compareKeys(order(a), order(b)) : 0;
}

function checkBounds(
  rules: Constraints,
  type: ScalarType,
  value: Value,
  at: string,
  errors: FieldError[],
): void {
  if (rules.min !== undefined && compareValues(type, value, rules.min) < 0) {
    errors.push({ pointer: at, code: 'too_small', detail: `Must be at least ${rules.min}.` });
  }
  if (rules.max !== undefined && compareValues(type, value, rules.max) > 0) {
    errors.push({ pointer: at, code: 'too_large', detail: `Must be at most ${rules.max}.` });
  }
}

function checkLength(
  rules: Constraints,
  length: number,
  unit: string,
  at: string,
  errors: FieldError[],
): void {
  if (rules.min_length !== undefined && length < rules.min_length) {
    errors.push({
      pointer: at,
      code: 'too_short',
      detail: `Must have at least ${rules.min_length} ${unit}.`,
    });
  }
  if (rules.max_length !== undefined && length > rules.max_length) {
    errors.push({ pointer: at, code: 'too_long', detail: `Must have at most ${rules.max_length} ${unit}.` });
  }
}

/** Whether an ordered text has room in the key of an index entry. */
export function fitsIndex(text: string): boolean {
  return Buffer.byteLength(escapePart(text)) <= MAX_INDEXED_BYTES;
}

function checkIndexable(field: FieldDefinition, value: Value, at: string, errors: FieldError[]): void {
  for (const text of orderedTexts(field, value)) {
    if (!fitsIndex(text) || (field.unique && !fitsIndex(foldName(text)))) {
      errors.push({
        pointer: at,
        code: 'too_long',
        detail: `An indexed value has at most ${MAX_INDEXED_BYTES} bytes.`,
      });
      return;
    }
  }
}

/** The order-preserving texts of a field's value: one, or one for each different element of an array. */
export function orderedTexts(field: FieldDefinition, value: Value): string[] {
  if (field.type !== 'array') {
    const { order } = SCALARS[field.type];
    return order ? [order(value)] : [];
  }
  const { order } = SCALARS[field.items?.type ?? 'string'];
  return order ? [...new Set((value as Value[]).map(order))] : [];
}
