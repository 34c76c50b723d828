import type { Domain, Route } from '../domains/domain.ts';
import { type Components, jsonSchemaOf } from './json-schema.ts';
import type { JsonSchema } from './json-schema-rules.ts';
import {
  bodyOf,
  failuresOf,
  HEADERS,
  parametersOf,
  responsesOf,
  sharedParameters,
  sharedResponses,
} from './openapi-parts.ts';

/** A schema that exists only at run time: an entity type of the caller's. */
export interface RuntimeType {
  readonly name: string;
  readonly schema: JsonSchema;
}

// biome-ignore lint/suspicious/noExplicitAny: an OpenAPI document is as deep as it is irregular
export type Document = Record<string, any>;

/** The OpenAPI 3.1 document of all routes. Throws when a schema cannot be described truthfully. */
export function openapiOf(domains: readonly Domain[], version: string): Document {
  const components: Components = new Map();
  const paths: Record<string, JsonSchema> = {};
  for (const domain of domains) {
    for (const route of domain.routes) {
      const path = route.path.replace(/:(\w+)/g, '{$1}');
      paths[path] = {
        ...paths[path],
        [route.method.toLowerCase()]: operationObject(domain, route, components),
      };
    }
  }
  return withoutUnused({
    openapi: '3.1.0',
    info: {
      title: 'Cadastre',
      version,
      description: 'A registry of entity types that users define, entities, links and search.',
    },
    servers: [{ url: '/' }],
    tags: domains.map(({ name, summary }) => ({ name, description: summary })),
    paths,
    components: {
      schemas: { Problem: PROBLEM, ...Object.fromEntries(components) },
      parameters: sharedParameters(),
      headers: HEADERS,
      responses: sharedResponses(),
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'An access token, or an API key.' },
      },
    },
  });
}

/** Leaves out the shared parts that none of these routes refers to. */
function withoutUnused(document: Document): Document {
  const text = JSON.stringify(document);
  const used = (kind: string, parts: Document) =>
    Object.entries(parts).filter(([name]) => text.includes(`"#/components/${kind}/${name}"`));
  const components = Object.entries<Document>(document.components).map(([kind, parts]) => [
    kind,
    kind === 'securitySchemes' ? parts : Object.fromEntries(used(kind, parts)),
  ]);
  return { ...document, components: Object.fromEntries(components) };
}

/** The document with the caller's own types as schemas `entity.<name>`. */
export function withRuntimeTypes(document: Document, types: readonly RuntimeType[]): Document {
  const entities = Object.fromEntries(types.map(({ name, schema }) => [`entity.${name}`, schema]));
  const { components } = document;
  return { ...document, components: { ...components, schemas: { ...components.schemas, ...entities } } };
}

function operationObject(domain: Domain, route: Route, components: Components): JsonSchema {
  const parameters = parametersOf(route, (schema) => jsonSchemaOf(schema, { closed: true, components }));
  const body = bodyOf(route, (schema) => jsonSchemaOf(schema, { closed: true, components }));
  return {
    operationId: route.operation,
    tags: [domain.name],
    summary: route.summary,
    ...(route.description && { description: route.description }),
    ...(route.compat && { deprecated: true }),
    'x-permission': route.permission,
    // The anonymous caller may hold a role as well, so even a guarded operation can be tried without a token.
    security: route.permission === 'public' ? [] : [{}, { bearer: [] }],
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: body }),
    responses: {
      ...responsesOf(route, (schema) => jsonSchemaOf(schema, { closed: false, components })),
      ...failuresOf(route),
    },
  };
}

const PROBLEM: JsonSchema = {
  description: 'What went wrong (RFC 9457). `code` is stable; `detail` is for people and may change.',
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'instance', 'code', 'request_id', 'trace_id'],
  properties: {
    type: { type: 'string', format: 'uri-reference' },
    title: { type: 'string' },
    status: { type: 'integer', minimum: 400, maximum: 599 },
    detail: { type: 'string' },
    instance: { type: 'string' },
    code: { type: 'string' },
    request_id: { type: 'string' },
    trace_id: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['pointer', 'code', 'detail'],
        properties: {
          pointer: { type: 'string', description: 'JSON pointer into the body, or the name of a parameter.' },
          code: { type: 'string' },
          detail: { type: 'string' },
        },
      },
    },
  },
};
