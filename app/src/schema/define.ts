import { type FieldError, pointer } from '../kernel/errors.ts';
import {
  type FieldDefinition,
  type LinkDefinition,
  type ScalarType,
  type TypeDefinition,
  targetsOf,
} from './definition.ts';
import { BIDI_CONTROLS, FIELD_NAME, RESERVED_FIELDS, RESERVED_TYPES, TAG, TYPE_NAME } from './names.ts';
import { foldName } from './order.ts';
import { Refusal, SCALARS } from './scalars.ts';
import { checkField } from './values.ts';

/** A field as its definer writes it; what is left out gets its usual value. */
export type FieldInput = Partial<Omit<FieldDefinition, 'items'>> &
  Pick<FieldDefinition, 'name' | 'type'> & { readonly items?: FieldDefinition['items'] | string };

export type LinkInput = Partial<LinkDefinition> & Pick<LinkDefinition, 'relation' | 'to'>;

const MAX_FIELDS = 200;
const MAX_LINKS = 100;
/** Each is an item of the transaction that writes an entity, which has room for 100. */
const MAX_INDEXED = 50;

/** Fills in what a field's definer left out. `taken` are the ids that the type used before. */
export function completeField(input: FieldInput, taken: ReadonlySet<string>): FieldDefinition {
  const { items, former_names: _names, ...rest } = input;
  return {
    ...rest,
    id: freeId(input.name, taken),
    required: input.required ?? false,
    unique: input.unique ?? false,
    // A unique field is one that people look records up by.
    indexed: input.indexed ?? input.unique ?? false,
    ...(input.type === 'array'
      ? { items: typeof items === 'string' ? { type: items as 'string' } : (items ?? { type: 'string' }) }
      : items === undefined
        ? {}
        : { items: items as FieldDefinition['items'] }),
  };
}

/** An id for a field of this name that no field of the type ever had. */
export function freeId(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  for (let n = 2; ; n++) if (!taken.has(`${name}_${n}`)) return `${name}_${n}`;
}

export function completeLink(input: LinkInput): LinkDefinition {
  return {
    ...input,
    cardinality: input.cardinality ?? 'many_to_many',
    on_delete: input.on_delete ?? 'detach',
  };
}

/** Every rule that the definition of a type breaks by itself, with pointers into the definition. */
export function checkDefinition(definition: TypeDefinition): FieldError[] {
  return [
    ...checkTypeName(definition.name),
    ...checkTags(definition.tags, '/tags'),
    ...checkFieldNames(definition.fields),
    ...definition.fields.flatMap((field, i) => checkFieldDefinition(field, pointer('fields', i))),
    ...checkLinks(definition.links),
    ...tooMany(definition.fields.length, MAX_FIELDS, '/fields', 'fields'),
    ...tooMany(definition.links.length, MAX_LINKS, '/links', 'links'),
    ...tooManyEntries(definition.fields),
  ];
}

/** Refuses fields that would give an entity more index entries than one transaction can write. */
export function tooManyEntries(fields: readonly FieldDefinition[]): FieldError[] {
  const what = 'fields that are indexed or unique, counted twice if both';
  return tooMany(entriesOf(fields), MAX_INDEXED, '/fields', what);
}

const entriesOf = (fields: readonly FieldDefinition[]) =>
  fields.reduce((sum, field) => sum + Number(field.indexed) + Number(field.unique), 0);

/** Fields as the registry took them before there was a choice: as many as possible can be searched by. */
export function indexedByDefault(inputs: readonly FieldInput[]): FieldInput[] {
  let left = MAX_INDEXED;
  return inputs.map((input) => {
    const { type, items, unique = false } = input;
    const element = type !== 'array' ? type : typeof items === 'string' ? items : (items?.type ?? 'string');
    const indexed =
      input.indexed ?? (SCALARS[element as ScalarType].order !== undefined && left > Number(unique));
    left -= Number(indexed) + Number(unique);
    return { ...input, indexed };
  });
}

function tooMany(count: number, most: number, at: string, what: string): FieldError[] {
  if (count <= most) return [];
  return [{ pointer: at, code: 'too_many_items', detail: `At most ${most} ${what}.` }];
}

function checkTypeName(name: string): FieldError[] {
  const detail = 'Must begin with a letter and go on with letters, digits, _ or - (at most 63).';
  const code = BIDI_CONTROLS.test(name) ? 'invalid_string' : 'invalid_name';
  if (!TYPE_NAME.test(name)) return [{ pointer: '/name', code, detail }];
  if (!RESERVED_TYPES.has(name.toLowerCase())) return [];
  return [{ pointer: '/name', code: 'reserved_name', detail: `The name ${name} is reserved.` }];
}

/** Tags are trimmed texts without commas, at most 50, each once. */
export function checkTags(tags: readonly string[], at: string): FieldError[] {
  const errors = tooMany(tags.length, 50, at, 'tags');
  for (const [i, tag] of tags.entries()) {
    const where = at + pointer(i);
    if (!TAG.test(tag)) {
      errors.push({
        pointer: where,
        code: 'invalid_tag',
        detail: 'A tag has 1 to 100 characters and no comma.',
      });
    } else if (tags.indexOf(tag) < i) {
      errors.push({ pointer: where, code: 'duplicate', detail: `The tag ${tag} stands here twice.` });
    }
  }
  return errors;
}

function checkFieldNames(fields: readonly FieldDefinition[]): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [i, { name }] of fields.entries()) {
    const at = pointer('fields', i, 'name');
    if (!FIELD_NAME.test(name)) {
      const detail = 'Must begin with a letter and go on with letters, digits or _ (at most 63).';
      errors.push({ pointer: at, code: 'invalid_name', detail });
    } else if (RESERVED_FIELDS.has(name.toLowerCase())) {
      errors.push({ pointer: at, code: 'reserved_name', detail: `The name ${name} is reserved.` });
    } else if (seen.has(foldName(name))) {
      errors.push({ pointer: at, code: 'duplicate', detail: `Another field is called ${name}.` });
    }
    seen.add(foldName(name));
  }
  return errors;
}

/** Every rule that the definition of one field breaks by itself; `at` points to it. */
export function checkFieldDefinition(field: FieldDefinition, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const refuse = (part: string, detail: string) =>
    errors.push({ pointer: at + pointer(part), code: 'invalid_constraint', detail });
  const rules = field.type === 'array' ? (field.items ?? { type: 'string' as const }) : field;
  const scalar = SCALARS[rules.type as keyof typeof SCALARS];
  if (field.type !== 'array' && field.items) refuse('items', 'Only an array has items.');
  if ((field.indexed || field.unique) && !scalar.order) {
    refuse(field.indexed ? 'indexed' : 'unique', `A ${rules.type} field cannot be indexed or unique.`);
  }
  if (field.unique && field.type === 'array') refuse('unique', 'An array cannot be unique.');
  if (rules.type === 'enum' && !rules.enum?.length) refuse('enum', 'An enum field lists its values.');
  for (const bound of ['min', 'max'] as const) checkBound(rules, bound, refuse);
  if (field.type === 'array' && (field.min !== undefined || field.max !== undefined)) {
    refuse('min', 'The bounds of an array stand in its items.');
  }
  if (field.type !== 'array' && !scalar.measured && (field.min_length ?? field.max_length) !== undefined) {
    refuse('min_length', `A ${field.type} field has no length.`);
  }
  checkOrder(field, refuse);
  checkEnum(rules, refuse);
  if (errors.length === 0 && field.default !== undefined) errors.push(...checkDefault(field, at));
  return errors;
}

type Refuse = (part: string, detail: string) => void;
type Rules = Pick<FieldDefinition, 'type' | 'min' | 'max' | 'enum'>;

function checkBound(rules: Rules, bound: 'min' | 'max', refuse: Refuse): void {
  const value = rules[bound];
  if (value === undefined || rules.type === 'array') return;
  const scalar = SCALARS[rules.type];
  if (!scalar.bounded) refuse(bound, `A ${rules.type} field has no ${bound}.`);
  else if (scalar.parse(value) instanceof Refusal) refuse(bound, `Must be a value of type ${rules.type}.`);
}

function checkOrder(field: FieldDefinition, refuse: Refuse): void {
  const rules = field.items ?? field;
  if (rules.type !== 'array' && rules.min !== undefined && rules.max !== undefined) {
    const { order, parse } = SCALARS[rules.type];
    const [low, high] = [parse(rules.min), parse(rules.max)];
    if (order && !(low instanceof Refusal) && !(high instanceof Refusal) && order(low) > order(high)) {
      refuse('min', 'Must not be above max.');
    }
  }
  for (const { min_length = 0, max_length = Number.POSITIVE_INFINITY } of [field, field.items ?? field]) {
    if (min_length > max_length) refuse('min_length', 'Must not be above max_length.');
  }
}

function checkEnum(rules: Rules, refuse: Refuse): void {
  if (!rules.enum || rules.type === 'array') return;
  const { parse, order } = SCALARS[rules.type];
  if (!order) refuse('enum', `A ${rules.type} field has no enum.`);
  if (rules.enum.some((option) => parse(option) instanceof Refusal)) {
    refuse('enum', `Every value must be of type ${rules.type}.`);
  }
  if (new Set(rules.enum).size < rules.enum.length) refuse('enum', 'Every value stands here once.');
}

function checkDefault(field: FieldDefinition, at: string): FieldError[] {
  const where = at + pointer('default');
  if (field.unique) {
    return [{ pointer: where, code: 'invalid_constraint', detail: 'A unique field has no default.' }];
  }
  const errors: FieldError[] = [];
  checkField(field, field.default, errors);
  return errors.map((error) => ({ ...error, pointer: where }));
}

function checkLinks(links: readonly LinkDefinition[]): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  const claim = (name: string, at: string) => {
    if (!FIELD_NAME.test(name)) {
      errors.push({
        pointer: at,
        code: 'invalid_name',
        detail: 'Must be a letter, then letters, digits or _.',
      });
    } else if (seen.has(foldName(name))) {
      errors.push({ pointer: at, code: 'duplicate', detail: `Another relation is called ${name}.` });
    }
    seen.add(foldName(name));
  };
  for (const [i, link] of links.entries()) {
    claim(link.relation, pointer('links', i, 'relation'));
    if (link.inverse !== undefined && link.inverse !== link.relation) {
      claim(link.inverse, pointer('links', i, 'inverse'));
    }
    if (targetsOf(link).length === 0) {
      errors.push({
        pointer: pointer('links', i, 'to'),
        code: 'required',
        detail: 'Name at least one type.',
      });
    }
  }
  return errors;
}
