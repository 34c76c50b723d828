import { isUuid } from '../../../kernel/ids.ts';
import {
  elementType,
  type FieldDefinition,
  fieldNamed,
  type TypeDefinition,
} from '../../../schema/definition.ts';
import { TAG } from '../../../schema/names.ts';
import { Refusal, SCALARS } from '../../../schema/scalars.ts';
import { fitsIndex, orderedTexts } from '../../../schema/values.ts';
import type { Value } from '../../../table/table.ts';
import type { EntityRecord } from '../model.ts';
import { malformed, type Operator, type Term } from './expression.ts';

/** A search as it is asked for, from the query string or the JSON form. */
export interface SearchInput {
  readonly terms: readonly Term[];
  /** `<uuid>` or `<relation>:<uuid>`. */
  readonly links: readonly string[];
  readonly uuids?: readonly string[];
  readonly tags: readonly string[];
  readonly sort?: string;
  readonly limit: number;
  readonly cursor?: string;
  readonly explain?: boolean;
}

/** A condition on a field. `text` is the order-preserving form of the value that it compares with. */
export interface Condition {
  readonly field: FieldDefinition;
  readonly operator: Operator;
  readonly text: string;
}

export interface LinkCondition {
  readonly relation?: string;
  readonly uuid: string;
}

/** A search that is understood: every name known, every value read. */
export interface Search {
  readonly definition: TypeDefinition;
  readonly conditions: readonly Condition[];
  readonly links: readonly LinkCondition[];
  readonly uuids?: readonly string[];
  readonly tags: readonly string[];
  readonly sort?: { readonly field: FieldDefinition; readonly descending: boolean };
}

/** Reads a search against the type's definition. Throws 400 for what cannot be understood or answered. */
export function understand(definition: TypeDefinition, input: SearchInput): Search {
  const uuids = input.uuids?.map((uuid) => lowerUuid(uuid, 'uuids')).sort();
  return {
    definition,
    conditions: input.terms.map((term) => readTerm(definition, term)),
    links: input.links.map(readLink),
    ...(uuids === undefined ? {} : { uuids: [...new Set(uuids)] }),
    tags: [...new Set(input.tags)].map(readTag),
    ...(input.sort === undefined ? {} : { sort: readSort(definition, input.sort) }),
  };
}

function readTerm(definition: TypeDefinition, term: Term): Condition {
  const { name, operator, position } = term;
  const refuse = (detail: string) => malformed('fields', detail, position === undefined ? {} : { position });
  const field = fieldNamed(definition, name);
  if (!field) throw refuse(`The type ${definition.name} has no field ${name}.`);
  const type = elementType(field);
  const { order, parse, prefixed } = SCALARS[type];
  if (!order) throw refuse(`A ${type} field such as ${name} cannot be searched.`);
  if (operator === '^=') {
    if (!prefixed) throw refuse(`A ${type} field such as ${name} has no prefixes.`);
    const text = order(String(term.value));
    if (!fitsIndex(text)) throw refuse(`The prefix for ${name} is longer than any indexed value.`);
    return { field, operator, text };
  }
  const value = readValue(type, parse, term);
  if (value instanceof Refusal) throw refuse(`The value for ${name}: ${value.detail}`);
  if (!fitsIndex(order(value))) throw refuse(`The value for ${name} is longer than any indexed one.`);
  return { field, operator, text: order(value) };
}

/** A bare or quoted text stands for a number or boolean where the field holds one. */
function readValue(type: string, parse: (value: unknown) => Value | Refusal, term: Term): Value | Refusal {
  if (typeof term.value !== 'string') return parse(term.value);
  if (type === 'boolean')
    return parse(term.value === 'true' ? true : term.value === 'false' ? false : term.value);
  if (type === 'integer' || type === 'number') {
    return parse(/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(term.value) ? Number(term.value) : term.value);
  }
  return parse(term.value);
}

function readTag(tag: string): string {
  if (TAG.test(tag)) return tag;
  throw malformed('tags', `${JSON.stringify(tag.slice(0, 50))} cannot be a tag.`);
}

function readLink(text: string): LinkCondition {
  const colon = text.lastIndexOf(':');
  if (colon < 0) return { uuid: lowerUuid(text, 'links') };
  const relation = text.slice(0, colon);
  if (relation === '') throw malformed('links', 'Write a link as <uuid> or <relation>:<uuid>.');
  return { relation, uuid: lowerUuid(text.slice(colon + 1), 'links') };
}

function lowerUuid(text: string, parameter: string): string {
  const uuid = text.trim().toLowerCase();
  if (isUuid(uuid)) return uuid;
  throw malformed(parameter, `${JSON.stringify(text.slice(0, 50))} is not a UUID.`);
}

function readSort(definition: TypeDefinition, text: string): { field: FieldDefinition; descending: boolean } {
  const descending = text.startsWith('-');
  const name = descending ? text.slice(1) : text;
  const field = fieldNamed(definition, name);
  if (!field) throw malformed('sort', `The type ${definition.name} has no field ${name}.`);
  if (!field.indexed) throw malformed('sort', `The field ${name} is not indexed, so it cannot sort.`);
  if (field.type === 'array') throw malformed('sort', `The field ${name} holds arrays, which have no order.`);
  return { field, descending };
}

/** Whether an entity meets everything of a search that its own record can tell. */
export function meets(search: Search, record: EntityRecord): boolean {
  return (
    search.tags.every((tag) => record.tags.includes(tag)) &&
    search.conditions.every((condition) => meetsCondition(condition, record))
  );
}

/** An array meets a condition if one of its elements does; `!=` is the opposite of `=`. */
function meetsCondition({ field, operator, text }: Condition, record: EntityRecord): boolean {
  const value = record.fields[field.id];
  const texts = value === undefined ? [] : orderedTexts(field, value);
  if (operator === '!=') return !texts.includes(text);
  return texts.some((one) => satisfies(one, operator, text));
}

function satisfies(one: string, operator: Operator, text: string): boolean {
  if (operator === '=') return one === text;
  if (operator === '^=') return one.startsWith(text);
  const order = Buffer.compare(Buffer.from(one), Buffer.from(text));
  if (operator === '>') return order > 0;
  if (operator === '>=') return order >= 0;
  if (operator === '<') return order < 0;
  return order <= 0;
}
