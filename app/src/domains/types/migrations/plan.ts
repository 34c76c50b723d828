import { isDeepStrictEqual } from 'node:util';
import { type FieldError, invalid, pointer } from '../../../kernel/errors.ts';
import { textOf } from '../../../schema/convert.ts';
import { checkFieldDefinition, type FieldInput, freeId, tooManyEntries } from '../../../schema/define.ts';
import {
  type Conversion,
  type FieldDefinition,
  fieldNamed,
  type ShadowField,
  type TypeDefinition,
} from '../../../schema/definition.ts';
import { changeField, idsOf } from '../../../schema/evolve.ts';
import { checkField } from '../../../schema/values.ts';

/** What a field is to become. Parts that are left out stay, but for the rules of a type that is given up. */
export interface FieldMigration extends Partial<FieldInput> {
  readonly name: string;
  readonly convert?: Partial<Conversion>;
}

/** The fields that are to take the place of others, hidden until they are complete. Throws 422 with all that is wrong. */
export function shadowsFor(definition: TypeDefinition, inputs: readonly FieldMigration[]): ShadowField[] {
  const taken = idsOf(definition);
  const errors: FieldError[] = [];
  const shadows: ShadowField[] = [];
  for (const [i, input] of inputs.entries()) {
    const at = pointer('fields', i);
    const current = fieldNamed(definition, input.name);
    const isTwice = shadows.some(({ of }) => of === current?.id);
    if (!current || isTwice) {
      errors.push(isTwice ? listedTwice(input.name, at) : unknownField(input.name, at));
      continue;
    }
    const shadow = shadowOf(definition, current, input, taken);
    taken.add(shadow.field.id);
    errors.push(...problems(current, shadow, at));
    shadows.push(shadow);
  }
  errors.push(...tooManyEntries([...definition.fields, ...shadows.map(({ field }) => field)]));
  if (errors.length > 0) throw invalid(errors);
  return shadows;
}

const unknownField = (name: string, at: string): FieldError => ({
  pointer: at + pointer('name'),
  code: 'unknown_field',
  detail: `There is no field ${name}.`,
});

const listedTwice = (name: string, at: string): FieldError => ({
  pointer: at + pointer('name'),
  code: 'duplicate',
  detail: `The field ${name} stands here twice.`,
});

function shadowOf(
  { version }: TypeDefinition,
  current: FieldDefinition,
  { convert = {}, id: _id, ...input }: FieldMigration,
  taken: ReadonlySet<string>,
): ShadowField {
  const id = freeId(current.name, taken);
  const field = {
    ...changeField(kept(current, input), { ...input, name: current.name }),
    id,
    since: version + 1,
  };
  return { of: current.id, field, conversion: { otherwise: 'refuse', ...convert }, strict: true };
}

/** Bounds, lengths, options and the default mean nothing to values of another type. */
function kept(field: FieldDefinition, { type, items }: Partial<FieldInput>): FieldDefinition {
  const element = typeof items === 'string' ? items : items?.type;
  if ((type ?? field.type) === field.type && (element ?? field.items?.type) === field.items?.type)
    return field;
  const { id, name, required, unique, indexed, description, former_names } = field;
  const rest = { description, former_names };
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  const elements =
    type === 'array' || (type === undefined && field.type === 'array')
      ? { items: { type: 'string' } as const }
      : {};
  return { id, name, type: type ?? field.type, required, unique, indexed, ...elements, ...given };
}

function problems(current: FieldDefinition, { field, conversion }: ShadowField, at: string): FieldError[] {
  const errors = checkFieldDefinition(field, at);
  const { id: _id, since: _since, ...after } = field;
  const { id: _was, since: _then, ...before } = current;
  if (isDeepStrictEqual(after, before)) {
    errors.push({
      pointer: at,
      code: 'unchanged',
      detail: `The field ${current.name} is like that already.`,
    });
  }
  for (const [i, { to }] of (conversion.values ?? []).entries()) {
    if (to === null) continue;
    const wrong: FieldError[] = [];
    checkField(field, to, wrong);
    errors.push(...wrong.map((error) => ({ ...error, pointer: at + pointer('convert', 'values', i, 'to') })));
  }
  if (conversion.otherwise === 'default' && field.default === undefined) {
    const detail = 'There is no default to take.';
    errors.push({ pointer: at + pointer('convert', 'otherwise'), code: 'invalid_constraint', detail });
  }
  return errors;
}

/** The definition with hidden fields that are on their way in. */
export function withShadows(
  definition: TypeDefinition,
  id: string,
  shadows: readonly ShadowField[],
): TypeDefinition {
  return { ...definition, migration: { id, shadows } };
}

/** Shows the hidden fields in place of those they follow, which from now on follow them. */
export function switched(definition: TypeDefinition): TypeDefinition {
  const shadows = definition.migration?.shadows ?? [];
  const replacements = new Map(shadows.map((shadow) => [shadow.of, shadow]));
  const fields = definition.fields.map((field) => {
    const { since: _since, ...shown } = replacements.get(field.id)?.field ?? field;
    return replacements.has(field.id) ? shown : field;
  });
  const back = shadows.map((shadow): ShadowField => {
    const field = definition.fields.find(({ id }) => id === shadow.of)!;
    return { of: shadow.field.id, field, conversion: reversed(shadow.conversion), strict: false };
  });
  return { ...definition, fields, migration: { id: definition.migration!.id, shadows: back } };
}

/** The way back of values that were listed; where two became one the first is taken. */
function reversed({ values = [] }: Conversion): Conversion {
  const back = values.flatMap(({ from, to }) => (to === null ? [] : [{ from: textOf(to), to: from }]));
  return { values: back, otherwise: 'refuse' };
}

/** Whether hidden values must be right from now on, or only as good as can be. */
export function withStrictness(definition: TypeDefinition, strict: boolean): TypeDefinition {
  const shadows = definition.migration!.shadows.map((shadow) => ({ ...shadow, strict }));
  return { ...definition, migration: { ...definition.migration!, shadows } };
}

/** Hidden fields are no longer kept up, and go with the next look at each entity. */
export function clearing(definition: TypeDefinition): TypeDefinition {
  const until = definition.version + 1;
  const shadows = definition.migration!.shadows.map((shadow) => ({ ...shadow, until }));
  return { ...definition, migration: { ...definition.migration!, shadows } };
}

/** The definition once no entity has a hidden field any more; their ids stay taken. */
export function cleared({ migration, ...definition }: TypeDefinition): TypeDefinition {
  const gone = migration!.shadows.map(({ field }) => field.id);
  return { ...definition, retired: [...(definition.retired ?? []), ...gone] };
}
