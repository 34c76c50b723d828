import { h } from './dom.js';

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
      return objectExample(document, schema, depth);
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

/** What must be there, and what says an example of its own; all of it where nothing must be. */
function objectExample(document, schema, depth) {
  const all = Object.entries(schema.properties ?? {});
  const needed = all.filter(
    ([name, part]) => schema.required?.includes(name) || resolve(document, part).examples,
  );
  const shown = needed.length > 0 ? needed : all.slice(0, 4);
  return Object.fromEntries(shown.map(([name, part]) => [name, exampleOf(document, part, depth + 1)]));
}

/** The rules of a schema in a few words. */
export function rulesOf(document, given) {
  const schema = resolve(document, given);
  const words = [[schema.type ?? ''].flat().join(' or '), schema.format ?? ''];
  if (schema.enum) words.push(schema.enum.map((value) => JSON.stringify(value)).join(' | '));
  if (schema.type === 'array' && schema.items) words.push(`of ${rulesOf(document, schema.items)}`);
  const { minimum: low, maximum: high, minLength: short = 0, maxLength: long } = schema;
  if (low !== undefined || high !== undefined) words.push(`${low ?? ''}…${high ?? ''}`);
  if (short > 1 || long !== undefined) words.push(`${short}…${long ?? ''} letters`);
  if (schema.pattern) words.push(`/${schema.pattern}/`);
  if (schema.default !== undefined) words.push(`default ${JSON.stringify(schema.default)}`);
  return words.filter((word) => word !== '').join(', ');
}

/** The members of a schema as a list that opens level by level. */
export function shapeOf(document, given, depth = 0) {
  const schema = resolve(document, given);
  const inner = schema.type === 'array' ? resolve(document, schema.items) : schema;
  const options = inner.anyOf?.filter((option) => resolve(document, option).properties) ?? [];
  if (options.length > 0 && !inner.properties)
    return options.map((option) => shapeOf(document, option, depth));
  const members = Object.entries(inner.properties ?? {});
  if (members.length === 0 || depth > MAX_DEPTH) return [];
  return h(
    'div',
    { className: 'members' },
    members.map(([name, part]) => memberOf(document, inner, name, part, depth)),
  );
}

function memberOf(document, owner, name, part, depth) {
  const { description } = resolve(document, part);
  const nested = [shapeOf(document, part, depth + 1)].flat();
  const line = [
    h('code', {}, name + (owner.required?.includes(name) ? ' *' : '')),
    ' ',
    h('i', {}, rulesOf(document, part)),
    description ? ` ${description}` : '',
  ];
  if (nested.length === 0) return h('div', {}, line);
  return h('div', {}, h('details', { className: 'nested' }, h('summary', {}, line), nested));
}
