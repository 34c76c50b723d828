import { STATUS_CODES } from 'node:http';
import type { Schema } from 'joi';
import type { Route, RouteResponse } from '../domains/domain.ts';
import type { JsonSchema } from './json-schema-rules.ts';

type Describe = (schema: Schema) => JsonSchema;

const COMMON_FAILURES = [400, 401, 403, 429, 500, 503];
const BODY_FAILURES = [408, 413, 415];
/** Every status that any route may fail with and that has a shared response. */
const ALL_FAILURES = [400, 401, 403, 404, 408, 409, 410, 412, 413, 415, 422, 428, 429, 500, 503];

const text = { type: 'string' };

/** Response headers that several operations share. */
export const HEADERS: Readonly<Record<string, JsonSchema>> = {
  'Cache-Status': {
    description:
      'Whether the answer came from the cache (RFC 9211), as `cadastre; hit` or `cadastre; fwd=...`.',
    schema: text,
  },
  ETag: {
    description: 'Validator of this representation: strong for a resource, weak for a page of a list.',
    schema: text,
  },
  Link: { description: 'The next page, as `rel="next"`; absent on the last one.', schema: text },
  Location: { description: 'Where the new resource is.', schema: text },
  RateLimit: {
    description: 'What is left of the tightest limit, `r`, and for how many seconds, `t`.',
    schema: text,
  },
  'RateLimit-Policy': {
    description: 'The limits that apply: requests `q` in so many seconds `w`.',
    schema: text,
  },
  'Preference-Applied': { description: 'What of `Prefer` was followed.', schema: text },
  'Retry-After': { description: 'Seconds after which to try again.', schema: { type: 'integer' } },
};

const REQUEST_HEADERS: Readonly<Record<string, string>> = {
  'If-Match': 'Change the resource only while it still has one of these entity tags; else 412.',
  'If-None-Match': 'Answer 304 when what was asked for still has one of these entity tags.',
  'X-Min-Version': 'The caller has seen this version: answer with none before it.',
  Prefer: 'With `return=minimal` the answer has no body: 201, or 204 in place of 200.',
  'Last-Event-ID': 'An event stream goes on behind the event with this id, whatever else is asked for.',
  'Idempotency-Key': 'Makes a repeated request answer what the first one did. 1 to 255 visible characters.',
};

/** Request headers as shared parameters. */
export function sharedParameters(): JsonSchema {
  const entries = Object.entries(REQUEST_HEADERS);
  return Object.fromEntries(
    entries.map(([name, description]) => [name, { name, in: 'header', description, schema: text }]),
  );
}

/** One shared response for each status that a request can fail with. */
export function sharedResponses(): JsonSchema {
  return Object.fromEntries(ALL_FAILURES.map((status) => [`Problem${status}`, problemResponse(status)]));
}

export function parametersOf(route: Route, describe: Describe): JsonSchema[] {
  const path = Object.entries(route.params ?? {}).map(([name, schema]) =>
    parameter(name, 'path', true, describe(schema)),
  );
  const keys = route.query ? describe(route.query) : {};
  const required = (keys.required ?? []) as string[];
  const query = Object.entries((keys.properties ?? {}) as Record<string, JsonSchema>).map(([name, schema]) =>
    parameter(name, 'query', required.includes(name), schema),
  );
  const headers = headersAskedFor(route).map((name) => ({ $ref: `#/components/parameters/${name}` }));
  return [...path, ...query, ...headers];
}

export function bodyOf({ body }: Route, describe: Describe): JsonSchema | undefined {
  if (!body) return undefined;
  const types = body.types ?? ['application/json'];
  const schema = body.kind === 'json' ? describe(body.schema) : text;
  return { required: true, content: contentOf(types, schema) };
}

export function responsesOf(route: Route, describe: Describe): JsonSchema {
  const entries = Object.entries(route.responses).map(([status, response]) => {
    const types = response.types ?? (response.schema ? ['application/json'] : []);
    const schema = response.schema ? describe(response.schema) : text;
    const headers = headersSent(route, Number(status));
    const { description } = response;
    return [
      status,
      {
        description,
        ...(headers.length > 0 && { headers: references('headers', headers) }),
        ...(types.length > 0 && { content: { ...contentOf(types, schema), ...formsOf(response) } }),
      },
    ];
  });
  if (isChange(route) && !(204 in route.responses)) entries.push(['204', SAID_NO_MORE]);
  if (isTagged(route)) entries.push(['304', { description: 'The caller has the current representation.' }]);
  return Object.fromEntries(entries);
}

const contentOf = (types: readonly string[], schema: JsonSchema): JsonSchema =>
  Object.fromEntries(types.map((type) => [type, { schema }]));

const formsOf = ({ also = {} }: RouteResponse): JsonSchema =>
  Object.fromEntries(
    Object.entries(also).map(([type, description]) => [type, { schema: { ...text, description } }]),
  );

export function failuresOf(route: Route): JsonSchema {
  const own = [...(route.failures ?? []), ...(route.body ? BODY_FAILURES : [])];
  const invalid = route.body?.kind === 'json' ? [422] : [];
  const statuses = new Set([...COMMON_FAILURES, ...own, ...invalid].sort((a, b) => a - b));
  const known = [...statuses].filter((status) => !(status in route.responses));
  if (route.refuse) {
    const refusals = [...OLD_FAILURES, ...(route.failures ?? [])];
    return Object.fromEntries(refusals.map((status) => [status, oldRefusal(status)]));
  }
  return Object.fromEntries(
    known.map((status) => [
      String(status),
      ALL_FAILURES.includes(status)
        ? { $ref: `#/components/responses/Problem${status}` }
        : problemResponse(status),
    ]),
  );
}

/** Old paths fail as they did before: with fewer statuses, and an object of their own. */
const OLD_FAILURES = [400, 401, 403, 413, 415, 422, 429, 500, 503];
const oldRefusal = (status: number): JsonSchema => ({
  description: STATUS_CODES[status],
  content: { 'application/json': { schema: { type: 'object' } } },
});

/** Old paths promise no more than they did before. A listing has a cursor; a resource has one address and a tag. */
function headersAskedFor(route: Route): string[] {
  if (route.compat || !route.path.startsWith('/api/')) return [];
  if (route.method === 'GET') {
    const versioned = route.cache ? ['X-Min-Version'] : [];
    if (isResource(route)) return ['If-None-Match', ...versioned];
    if (route.responses[200]?.also?.['text/event-stream']) return ['Last-Event-ID'];
    return isTagged(route) ? ['If-None-Match'] : [];
  }
  if (route.method !== 'POST') return isChange(route) ? ['If-Match', 'Prefer'] : ['If-Match'];
  // Only what is made can be answered again, and never what lets somebody in.
  return 201 in route.responses && route.limit === undefined ? ['Idempotency-Key', 'Prefer'] : [];
}

/** What a change that was asked for with `Prefer: return=minimal` is answered with. */
const SAID_NO_MORE = {
  description: 'Changed; the caller preferred to be told no more.',
  headers: references('headers', ['ETag', 'Preference-Applied']),
  'x-prefer': 'return=minimal',
};

function isChange({ compat, method, path, responses }: Route): boolean {
  const isWrite = method === 'PUT' || method === 'PATCH';
  return !compat && isWrite && path.startsWith('/api/') && responses[200]?.schema !== undefined;
}

function headersSent(route: Route, status: number): string[] {
  if (status === 201) return ['Location', 'ETag'];
  const cached = status === 200 && route.cache ? ['Cache-Status'] : [];
  if (status !== 200 || route.method !== 'GET') return cached;
  return [...(isListing(route) ? ['Link'] : []), ...(isTagged(route) ? ['ETag'] : []), ...cached];
}

function isListing(route: Route): boolean {
  return route.query?.describe().keys?.cursor !== undefined;
}

/** Resources have a tag; pages of lists where they may be cached. */
function isTagged(route: Route): boolean {
  return isResource(route) || (route.method === 'GET' && !route.compat && route.cache !== undefined);
}

function isResource(route: Route): boolean {
  const { compat, method, path, responses } = route;
  const { schema, types, also } = responses[200] ?? {};
  const isJson = schema !== undefined && types === undefined && also === undefined;
  return !compat && method === 'GET' && path.startsWith('/api/') && isJson && !isListing(route);
}

function parameter(name: string, place: string, required: boolean, described: JsonSchema): JsonSchema {
  const { description, ...schema } = described;
  return { name, in: place, required, ...(description !== undefined && { description }), schema };
}

function references(kind: string, names: readonly string[]): JsonSchema {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/${kind}/${name}` }]));
}

function problemResponse(status: number): JsonSchema {
  const retry = status === 429 || status === 503 ? ['Retry-After'] : [];
  const headers = status === 429 ? [...retry, 'RateLimit', 'RateLimit-Policy'] : retry;
  return {
    description: STATUS_CODES[status] ?? 'Error',
    ...(headers.length > 0 && { headers: references('headers', headers) }),
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
}
