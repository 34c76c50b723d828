import type { Schema } from 'joi';
import { type JsonSchema, rulesOf, sourceOf } from './json-schema-rules.ts';

/** The part of joi's description that is understood here. */
interface Described {
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: joi documents no type for these
  readonly [member: string]: any;
}

/** Where schemas with a name of their own are collected, so that they are written once. */
export type Components = Map<string, JsonSchema>;

export interface WalkOptions {
  /** Request bodies refuse unknown members and say so; answers may grow some. */
  readonly closed: boolean;
  readonly components: Components;
}

const KNOWN_FLAGS = new Set(
  'presence default description only unknown label format unsafe single'.split(' '),
);
const KNOWN_MEMBERS = new Set(
  'type flags rules allow metas examples notes tags keys patterns items matches preferences dependencies'.split(
    ' ',
  ),
);

/**
 * JSON Schema (2020-12, as OpenAPI 3.1 uses it) of a joi schema. It knows the part of joi that routes use and
 * throws on anything else, because a description that leaves out a rule is a wrong description. A schema with
 * `meta({ component: 'Name' })` becomes a reference; `meta({ json: {...} })` says more than joi can.
 */
export function jsonSchemaOf(schema: Schema, options: WalkOptions): JsonSchema {
  return walk(schema.describe() as Described, options);
}

function walk(described: Described, options: WalkOptions): JsonSchema {
  const metas: { component?: string; json?: JsonSchema }[] = described.metas ?? [];
  const schema = plain(described, metas, options);
  const name = metas.findLast((meta) => meta.component)?.component;
  if (!name) return schema;
  const known = options.components.get(name);
  if (known && JSON.stringify(known) !== JSON.stringify(schema)) {
    throw new Error(`Two different schemas are called ${name}; bodies are closed, answers are open`);
  }
  options.components.set(name, schema);
  return { $ref: `#/components/schemas/${name}` };
}

function plain(described: Described, metas: { json?: JsonSchema }[], options: WalkOptions): JsonSchema {
  refuseUnknown(described);
  const flags = described.flags ?? {};
  const examples: unknown[] | undefined = described.examples;
  return {
    ...withAllowed(shapeOf(described, options), described.allow ?? [], flags.only === true),
    ...(flags.description !== undefined && { description: flags.description }),
    ...(flags.default !== undefined && { default: flags.default }),
    ...(examples && { examples }),
    ...Object.assign({}, ...metas.map((meta) => meta.json)),
  };
}

function refuseUnknown(described: Described): void {
  const flags = described.flags ?? {};
  const strange = [
    ...Object.keys(described).filter((member) => !KNOWN_MEMBERS.has(member)),
    ...Object.keys(flags).filter((flag) => !KNOWN_FLAGS.has(flag)),
    ...(typeof flags.default === 'function' ? ['a computed default'] : []),
  ];
  if (strange.length > 0)
    throw new Error(`No JSON Schema for joi's ${described.type} with ${strange.join(', ')}`);
}

/** Values that are allowed besides the type (such as null), or instead of it. */
function withAllowed(shape: JsonSchema, allowed: readonly unknown[], only: boolean): JsonSchema {
  const values = allowed.filter((value) => typeof value !== 'object' || value === null);
  if (only)
    return {
      ...(shape.type !== undefined && !values.includes(null) && { type: shape.type }),
      enum: values,
    };
  const open = shape.minLength === 1 && values.includes('') ? { ...shape, minLength: 0 } : shape;
  if (Object.keys(open).length === 0) return open;
  const beyond = values.filter((value) => value !== '' || open === shape);
  if (beyond.length === 0) return open;
  if (beyond.length === 1 && beyond[0] === null && typeof open.type === 'string') {
    return { ...open, type: [open.type, 'null'] };
  }
  return { anyOf: [open, { enum: beyond }] };
}

function shapeOf(described: Described, options: WalkOptions): JsonSchema {
  switch (described.type) {
    case 'any':
      return {};
    case 'boolean':
      return { type: 'boolean' };
    case 'string':
      return { type: 'string', ...(options.closed && { minLength: 1 }), ...rulesOf(described) };
    case 'number':
      return { type: 'number', ...rulesOf(described) };
    case 'date':
      return { type: 'string', format: 'date-time', ...rulesOf(described) };
    case 'array':
      return { type: 'array', ...itemsOf(described, options), ...rulesOf(described) };
    case 'object':
      return {
        type: 'object',
        ...membersOf(described, options),
        ...dependenciesOf(described),
        ...rulesOf(described),
      };
    case 'alternatives':
      return {
        anyOf: described.matches.map((match: { schema?: Described }) => alternative(match, options)),
      };
    default:
      throw new Error(`No JSON Schema for joi's ${described.type}`);
  }
}

function alternative({ schema }: { schema?: Described }, options: WalkOptions): JsonSchema {
  if (schema) return walk(schema, options);
  throw new Error("No JSON Schema for joi's conditional alternatives");
}

function itemsOf(described: Described, options: WalkOptions): JsonSchema {
  const items: Described[] = described.items ?? [];
  if (items.length === 0) return {};
  const schemas = items.map((item) => walk(item, options));
  return { items: schemas.length === 1 ? schemas[0] : { anyOf: schemas } };
}

function membersOf(described: Described, options: WalkOptions): JsonSchema {
  const keys = Object.entries<Described>(described.keys ?? {});
  const patterns: { schema?: Described; regex?: string; rule: Described }[] = described.patterns ?? [];
  const required = keys.filter(([, key]) => key.flags?.presence === 'required').map(([name]) => name);
  const [pattern, ...more] = patterns;
  if (more.length > 0) throw new Error("No JSON Schema for joi's object with several patterns");
  const anything = keys.length === 0 && !described.keys && !pattern;
  const closed = options.closed && !anything && described.flags?.unknown !== true;
  return {
    ...(keys.length > 0 && {
      properties: Object.fromEntries(keys.map(([name, key]) => [name, walk(key, options)])),
    }),
    ...(required.length > 0 && { required }),
    ...(pattern
      ? { additionalProperties: walk(pattern.rule, options) }
      : closed && { additionalProperties: false }),
    ...(pattern?.schema && { propertyNames: walk(pattern.schema, options) }),
    ...(pattern?.regex && { propertyNames: { pattern: sourceOf(pattern.regex) } }),
  };
}

function dependenciesOf(described: Described): JsonSchema {
  const all: { rel: string; peers: string[] }[] = described.dependencies ?? [];
  const [one, ...more] = all;
  if (!one) return {};
  if (one.rel !== 'or' || more.length > 0)
    throw new Error(`No JSON Schema for joi's object with ${one.rel}()`);
  return { anyOf: one.peers.map((peer) => ({ required: [peer] })) };
}
