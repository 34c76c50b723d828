import { h, inline } from './dom.js';

const FORMATS = {
  uuid: '0190163d-8694-739b-aea5-966c26f8ad90',
  date: '2026-01-31',
  'date-time': '2026-01-31T12:00:00Z',
  email: 'someone@example.org',
  uri: 'https://example.org/',
};
const MAX_DEPTH = 6;

/** Follows a reference within the document. */
export function resolve(document, schema = {}) {
  if (!schema.$ref) return schema;
  const steps = schema.$ref.slice(2).split('/');
  return (
    steps.reduce((part, step) => part?.[step.replaceAll('~1', '/').replaceAll('~0', '~')], document) ?? {}
  );
}

/** A value that fits a schema, for a person to start from. */
export function exampleOf(document, given, depth = 0) {
  const schema = resolve(document, given);
  const said = schema.examples?.[0] ?? schema.default ?? schema.enum?.[0] ?? schema.const;
  if (said !== undefined) return said;
  if (depth > MAX_DEPTH) return null;
  const [option] = schema.anyOf ?? schema.oneOf ?? [];
  if (option && !schema.properties) return exampleOf(document, option, depth + 1);
  switch ([schema.type].flat()[0]) {
    case 'object':
      return neededMembers(document, schema, depth);
    case 'array':
      return schema.minItems ? [exampleOf(document, schema.items, depth + 1)] : [];
    case 'integer':
    case 'number':
      return schema.minimum ?? 1;
    case 'boolean':
      return true;
    case 'string':
      return FORMATS[schema.format] ?? 'text'.padEnd(schema.minLength ?? 0, '.').slice(0, schema.maxLength);
    default:
      return null;
  }
}

/** An example with every member of an object, for types that people made themselves. */
export function allMembers(document, { properties = {} }, depth = 0) {
  const members = Object.entries(properties);
  return Object.fromEntries(members.map(([name, part]) => [name, exampleOf(document, part, depth + 1)]));
}

/** What must be there, and what says an example of its own; the first few where nothing must be. */
function neededMembers(document, { properties = {}, required = [] }, depth) {
  const all = Object.entries(properties);
  const needed = all.filter(([name, part]) => required.includes(name) || resolve(document, part).examples);
  const shown = needed.length > 0 ? needed : all.slice(0, 4);
  return allMembers(document, { properties: Object.fromEntries(shown) }, depth);
}

/** The rules of a schema in a few words. */
export function rulesOf(document, given) {
  const schema = resolve(document, given);
  if (schema.type === 'array') return `list of ${rulesOf(document, schema.items) || 'anything'}`;
  const words = [schema.format ?? [schema.type ?? ''].flat().join(' or '), ...boundsOf(schema)];
  if (schema.enum) words.push(schema.enum.map((value) => JSON.stringify(value)).join(' | '));
  if (schema.pattern && !schema.format) words.push(`/${schema.pattern}/`);
  if (schema.default !== undefined) words.push(`default ${JSON.stringify(schema.default)}`);
  return words.filter((word) => word !== '').join(', ');
}

function boundsOf({ minimum: low, maximum: high, minLength: short = 0, maxLength: long }) {
  const words = [];
  if (low !== undefined) words.push(`from ${low}`);
  if (high !== undefined) words.push(`up to ${high}`);
  if (short > 1) words.push(`at least ${short} characters`);
  if (long !== undefined) words.push(`at most ${long} characters`);
  return words;
}

/** The members of a schema as a list that opens level by level; empty when there is nothing to list. */
export function shapeOf(document, given, depth = 0) {
  const schema = resolve(document, given);
  const inner = schema.type === 'array' ? resolve(document, schema.items) : schema;
  const members = Object.entries(inner.properties ?? {});
  if (members.length > 0 && depth <= MAX_DEPTH) {
    const lines = members.map(([name, part]) => memberOf(document, inner, name, part, depth));
    return [h('div', { className: 'members' }, lines)];
  }
  return (inner.anyOf ?? []).flatMap((option) => shapeOf(document, option, depth + 1));
}

function memberOf(document, { required = [] }, name, part, depth) {
  const line = [
    h('code', {}, required.includes(name) ? `${name} *` : name),
    ' ',
    h('i', {}, rulesOf(document, part)),
    ' ',
    ...inline(resolve(document, part).description),
  ];
  const nested = shapeOf(document, part, depth + 1);
  if (nested.length === 0) return h('div', {}, line);
  return h('div', {}, h('details', {}, h('summary', {}, line), nested));
}
