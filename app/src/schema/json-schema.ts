import type { Constraints, FieldDefinition, ScalarType, TypeDefinition } from './definition.ts';
import { SCALARS } from './scalars.ts';

type JsonSchema = Record<string, unknown>;

/** The JSON Schema (2020-12) of a type's `fields` object, for the API description. */
export function fieldsSchema(definition: TypeDefinition): JsonSchema {
  const required = definition.fields.filter((f) => f.required && f.default === undefined).map((f) => f.name);
  return {
    type: 'object',
    ...(definition.description === '' ? {} : { description: definition.description }),
    properties: Object.fromEntries(definition.fields.flatMap(namedSchemas)),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  };
}

/** The schema of a field under its name, and under former ones that are still accepted. */
function namedSchemas(field: FieldDefinition): [string, JsonSchema][] {
  const schema = fieldSchema(field);
  const former = (field.former_names ?? []).map(({ name, until }): [string, JsonSchema] => {
    const description = `Former name of ${field.name}, accepted until ${until}.`;
    return [name, { ...schema, description, deprecated: true }];
  });
  return [[field.name, schema], ...former];
}

function fieldSchema(field: FieldDefinition): JsonSchema {
  const schema =
    field.type === 'array'
      ? {
          type: 'array',
          items: scalarSchema(field.items?.type ?? 'string', field.items ?? {}),
          ...lengths(field, 'Items'),
        }
      : scalarSchema(field.type, field);
  return {
    ...schema,
    ...(field.description === undefined ? {} : { description: field.description }),
    ...(field.default === undefined ? {} : { default: field.default }),
  };
}

function scalarSchema(type: ScalarType, rules: Constraints): JsonSchema {
  const { jsonSchema } = SCALARS[type];
  const numeric = type === 'integer' || type === 'number';
  return {
    ...jsonSchema,
    ...(rules.enum ? { enum: rules.enum } : {}),
    ...(numeric && rules.min !== undefined ? { minimum: rules.min } : {}),
    ...(numeric && rules.max !== undefined ? { maximum: rules.max } : {}),
    ...lengths(rules, 'Length'),
  };
}

function lengths(rules: Constraints, unit: 'Items' | 'Length'): JsonSchema {
  return {
    ...(rules.min_length === undefined ? {} : { [`min${unit}`]: rules.min_length }),
    ...(rules.max_length === undefined ? {} : { [`max${unit}`]: rules.max_length }),
  };
}
