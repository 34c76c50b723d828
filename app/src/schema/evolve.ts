import { type FieldError, pointer } from '../kernel/errors.ts';
import { completeField, completeLink, type FieldInput, type LinkInput } from './define.ts';
import type { Constraints, FieldDefinition, LinkDefinition, TypeDefinition } from './definition.ts';
import { renamedField, withoutReused } from './former.ts';
import { compareValues } from './values.ts';

/** A change of a type. Listed fields and links are added or changed; what is not listed stays. */
export interface TypeChange {
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly fields?: readonly (Partial<FieldInput> & { readonly name: string })[];
  readonly links?: readonly LinkInput[];
}

export interface Evolution {
  readonly fields: readonly FieldDefinition[];
  readonly links: readonly LinkDefinition[];
  /** Changes that are refused whatever data there is. */
  readonly errors: readonly FieldError[];
  /** Fields whose rules became stricter: allowed only where every stored value meets them. */
  readonly tightened: readonly FieldDefinition[];
}

/**
 * The definition after a change made at `now`. A field is recognised by its `id` (then `name` renames it) or else by its
 * name. Its type, uniqueness and index never change, because stored data and index entries depend on them.
 */
export function evolve(current: TypeDefinition, change: TypeChange, now: number): Evolution {
  const fields = [...current.fields];
  const errors: FieldError[] = [];
  const tightened: FieldDefinition[] = [];
  for (const [i, input] of (change.fields ?? []).entries()) {
    const at = pointer('fields', i);
    const index = current.fields.findIndex((f) => (input.id ? f.id === input.id : f.name === input.name));
    const before = fields[index];
    if (before) {
      const after = renamedField(before, changeField(before, input), now);
      errors.push(...frozenParts(before, after, at));
      if (isTighter(before, after)) tightened.push(after);
      fields[index] = after;
    } else {
      const taken = idsOf({ ...current, fields });
      const added = addField(input, taken, at, errors);
      if (added) fields.push({ ...added, since: current.version + 1 });
      if (added?.required) tightened.push(added);
    }
  }
  const links = changeLinks(current.links, change.links ?? [], errors);
  return { fields: withoutReused(fields), links, errors, tightened };
}

/** A field with some parts changed; null takes one away. */
export function changeField(before: FieldDefinition, input: Partial<FieldInput>): FieldDefinition {
  const { items, since: _since, former_names: _names, ...rest } = input;
  const after: Record<string, unknown> = { ...before, ...rest, id: before.id };
  if (items !== undefined) after.items = typeof items === 'string' ? { type: items } : items;
  for (const [name, value] of Object.entries(after)) if (value === null) delete after[name];
  return after as unknown as FieldDefinition;
}

/** Every id that a field of the type has or had. */
export function idsOf({ fields, migration, retired = [] }: TypeDefinition): Set<string> {
  const shadows = migration?.shadows ?? [];
  return new Set([...fields.map(({ id }) => id), ...shadows.map(({ field }) => field.id), ...retired]);
}

function addField(
  input: Partial<FieldInput>,
  taken: ReadonlySet<string>,
  at: string,
  errors: FieldError[],
): FieldDefinition | undefined {
  const refuse = (part: string, code: string, detail: string) =>
    errors.push({ pointer: at + pointer(part), code, detail });
  if (input.id !== undefined) return void refuse('id', 'unknown_field', 'The type has no field of this id.');
  if (!input.type) return void refuse('type', 'required', 'A new field needs a type.');
  return completeField(input as FieldInput, taken);
}

function frozenParts(before: FieldDefinition, after: FieldDefinition, at: string): FieldError[] {
  const frozen: [string, unknown, unknown][] = [
    ['type', before.type, after.type],
    ['unique', before.unique, after.unique],
    ['indexed', before.indexed, after.indexed],
    ['items', before.items?.type, after.items?.type],
  ];
  return frozen
    .filter(([, was, is]) => was !== is)
    .map(([part]) => ({
      pointer: at + pointer(part),
      code: 'incompatible_change',
      detail: `The ${part} of a field cannot change, because stored data depends on it.`,
    }));
}

/** True if some value that met the rules before may break them now. */
function isTighter(before: FieldDefinition, after: FieldDefinition): boolean {
  if (after.required && !before.required) return true;
  return (
    narrower(before, before, after) || narrower(before.items ?? before, before.items ?? {}, after.items ?? {})
  );
}

function narrower(
  typed: { readonly type: FieldDefinition['type'] },
  before: Constraints,
  after: Constraints,
): boolean {
  const order = (a: number | string, b: number | string) =>
    typed.type === 'array' ? 0 : compareValues(typed.type, a, b);
  const { min, max } = after;
  if (min !== undefined && (before.min === undefined || order(min, before.min) > 0)) return true;
  if (max !== undefined && (before.max === undefined || order(max, before.max) < 0)) return true;
  if ((after.min_length ?? 0) > (before.min_length ?? 0)) return true;
  if ((after.max_length ?? Number.POSITIVE_INFINITY) < (before.max_length ?? Number.POSITIVE_INFINITY))
    return true;
  return after.enum !== undefined && !before.enum?.every((option) => after.enum?.includes(option));
}

function changeLinks(
  current: readonly LinkDefinition[],
  changes: readonly LinkInput[],
  errors: FieldError[],
): readonly LinkDefinition[] {
  const links = [...current];
  for (const [i, input] of changes.entries()) {
    const index = links.findIndex((link) => link.relation === input.relation);
    const before = links[index];
    if (!before) {
      links.push(completeLink(input));
      continue;
    }
    const after = { ...before, ...input };
    for (const part of ['inverse', 'cardinality'] as const) {
      if (before[part] !== after[part]) {
        const detail = `The ${part} of a relation cannot change, because stored links depend on it.`;
        errors.push({ pointer: pointer('links', i, part), code: 'incompatible_change', detail });
      }
    }
    links[index] = after;
  }
  return links;
}
