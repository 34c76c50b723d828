import { namedUuid } from '../kernel/ids.ts';
import { completeField, completeLink, type FieldInput, type LinkInput } from './define.ts';
import type { TypeDefinition, TypeRules } from './definition.ts';

export interface BuiltInType {
  readonly name: string;
  readonly description: string;
  readonly fields: readonly FieldInput[];
  readonly links?: readonly LinkInput[];
  readonly rules?: TypeRules;
}

/** Built-in types came with the service, and belong to every organisation. */
const SINCE = '2026-01-01T00:00:00.000Z';
export const EVERY_ORGANISATION = '*';

/** The definition of a type that is part of the service. */
export function builtInType({
  name,
  description,
  fields,
  links = [],
  rules = {},
}: BuiltInType): TypeDefinition {
  return {
    uuid: namedUuid('built-in type', name),
    name,
    description,
    tags: [],
    fields: fields.map((field) => completeField(field, new Set())),
    links: links.map(completeLink),
    version: 1,
    organisation: EVERY_ORGANISATION,
    created_at: SINCE,
    updated_at: SINCE,
    rules,
  };
}
