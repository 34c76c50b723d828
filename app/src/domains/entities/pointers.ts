import { fail, pointer } from '../../kernel/errors.ts';
import type { FieldDefinition, TypeDefinition } from '../../schema/definition.ts';
import { foldName } from '../../schema/order.ts';
import { SCALARS } from '../../schema/scalars.ts';
import { storedFields } from '../../schema/shadows.ts';
import { orderedTexts } from '../../schema/values.ts';
import { key } from '../../table/keys.ts';
import type { Step } from '../../table/steps.ts';
import type { Item, Key } from '../../table/table.ts';
import { groupSteps } from './groups.ts';
import { combinationKey, entryKeys, fieldIndex, listing, tagIndex, uniqueForm, uniqueKey } from './keys.ts';
import { type EntityRecord, shapeOf } from './model.ts';

/** An item that exists because of an entity's data, so that something can be found by it. */
interface Derived extends Key {
  readonly kind: 'index' | 'unique';
  /** The unique fields whose values this item holds. */
  readonly fields?: readonly FieldDefinition[];
}

/** Every index entry and unique value of an entity, by key. */
function derivedOf(definition: TypeDefinition, record: EntityRecord): Map<string, Derived> {
  const { organisation, type, uuid } = record;
  const derived: Derived[] = [{ pk: listing(organisation, type), sk: key(uuid), kind: 'index' }];
  const shape = shapeOf(record);
  for (const { field, until = Number.POSITIVE_INFINITY } of storedFields(definition)) {
    // The entity was last written before the field came: it has no entry yet, not even one without a value.
    if (shape < (field.since ?? 0) || shape >= until) continue;
    const value = record.fields[field.id];
    const texts = value === undefined ? [] : orderedTexts(field, value);
    if (field.indexed) {
      const pk = fieldIndex(organisation, type, field.id);
      for (const sk of entryKeys(texts, uuid)) derived.push({ pk, sk, kind: 'index' });
    }
    if (field.unique && texts[0] !== undefined) {
      const form = uniqueForm(isFolded(field), texts[0]);
      derived.push({ ...uniqueKey(organisation, type, field.id, form), kind: 'unique', fields: [field] });
    }
  }
  derived.push(...combinationOf(definition, record));
  const pk = tagIndex(organisation, type);
  for (const tag of record.tags) derived.push({ pk, sk: key(tag, uuid), kind: 'index' });
  return new Map(derived.map((one) => [`${one.pk} ${one.sk}`, one]));
}

/** The item that keeps others from having the same combination of values. */
function combinationOf({ fields, rules }: TypeDefinition, record: EntityRecord): Derived[] {
  const names = rules?.uniqueTogether;
  const values = names?.map((name) => record.fields[name]);
  if (!names || !values || values.includes(undefined)) return [];
  const folded = values.map((value) => foldName(String(value)));
  const together = fields.filter(({ id }) => names.includes(id));
  const { organisation, type } = record;
  return [{ ...combinationKey(organisation, type, folded), kind: 'unique', fields: together }];
}

const isFolded = (field: FieldDefinition) => field.type !== 'array' && SCALARS[field.type].folded === true;

/**
 * The steps that bring an entity's index entries and unique values from one state to another: those of
 * `before` that are no longer due go, those of `after` that are new come.
 */
export function derivedSteps(
  definition: TypeDefinition,
  before: EntityRecord | undefined,
  after: EntityRecord | undefined,
): Step[] {
  const was = before ? derivedOf(definition, before) : new Map<string, Derived>();
  const is = after ? derivedOf(definition, after) : new Map<string, Derived>();
  const steps: Step[] = [];
  for (const [name, { pk, sk }] of was) {
    if (!is.has(name)) steps.push({ action: { type: 'delete', key: { pk, sk } } });
  }
  for (const [name, derived] of is) {
    if (!was.has(name)) steps.push(putStep(derived, after!.uuid));
  }
  steps.push(...groupSteps(definition, before, after));
  return steps;
}

function putStep({ pk, sk, kind, fields }: Derived, uuid: string): Step {
  const item: Item = { pk, sk, kind, schema: 1, uuid };
  if (!fields) return { action: { type: 'put', item } };
  return {
    action: { type: 'put', item, condition: { exists: false } },
    // Made when it is asked for: a failure captures a stack.
    get otherwise() {
      return notUnique(fields);
    },
  };
}

function notUnique(fields: readonly FieldDefinition[]) {
  const detail = `Another entity has this ${fields.map((field) => field.name).join(' and this ')}.`;
  return fail('conflict', 'name_taken', detail, {
    errors: fields.map(({ name }) => ({ pointer: pointer('fields', name), code: 'not_unique', detail })),
  });
}
