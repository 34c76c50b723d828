import Joi, { type Schema } from 'joi';
import { type Components, jsonSchemaOf } from '../../src/http/json-schema.ts';

const closed = (schema: Schema) => jsonSchemaOf(schema, { closed: true, components: new Map() });
const open = (schema: Schema) => jsonSchemaOf(schema, { closed: false, components: new Map() });

test.each<[string, Schema, object]>([
  ['text', Joi.string(), { type: 'string', minLength: 1 }],
  ['empty text', Joi.string().allow(''), { type: 'string', minLength: 0 }],
  ['text in bounds', Joi.string().min(2).max(9), { type: 'string', minLength: 2, maxLength: 9 }],
  ['text of a length', Joi.string().length(3), { type: 'string', minLength: 3, maxLength: 3 }],
  ['a pattern', Joi.string().pattern(/^a+$/), { type: 'string', minLength: 1, pattern: '^a+$' }],
  [
    'not a pattern',
    Joi.string().pattern(/x/, { invert: true }),
    { type: 'string', minLength: 1, not: { pattern: 'x' } },
  ],
  ['a UUID', Joi.string().guid(), { type: 'string', minLength: 1, format: 'uuid' }],
  ['an e-mail address', Joi.string().email(), { type: 'string', minLength: 1, format: 'email' }],
  ['a URL', Joi.string().uri(), { type: 'string', minLength: 1, format: 'uri' }],
  ['trimmed lower-case text', Joi.string().trim().lowercase(), { type: 'string', minLength: 1 }],
  ['text or null', Joi.string().allow(null), { type: ['string', 'null'], minLength: 1 }],
  ['one of', Joi.string().valid('a', 'b'), { type: 'string', enum: ['a', 'b'] }],
  ['one of, or null', Joi.string().valid('a', null), { enum: ['a', null] }],
  ['a number or a word', Joi.number().allow('all'), { anyOf: [{ type: 'number' }, { enum: ['all'] }] }],
  ['an integer in bounds', Joi.number().integer().min(1).max(9), { type: 'integer', minimum: 1, maximum: 9 }],
  [
    'open bounds',
    Joi.number().greater(1).less(9),
    { type: 'number', exclusiveMinimum: 1, exclusiveMaximum: 9 },
  ],
  [
    'a positive multiple',
    Joi.number().positive().multiple(5),
    { type: 'number', exclusiveMinimum: 0, multipleOf: 5 },
  ],
  ['a port', Joi.number().port(), { type: 'integer', minimum: 0, maximum: 65_535 }],
  ['a boolean', Joi.boolean(), { type: 'boolean' }],
  ['anything', Joi.any().allow(null), {}],
  [
    'a default, a description, an example',
    Joi.number().default(3).description('d').example(4),
    { type: 'number', default: 3, description: 'd', examples: [4] },
  ],
  [
    'a list',
    Joi.array().items(Joi.boolean()).min(1).max(3).unique(),
    { type: 'array', items: { type: 'boolean' }, minItems: 1, maxItems: 3, uniqueItems: true },
  ],
  [
    'a mixed list',
    Joi.array().items(Joi.boolean(), Joi.number()),
    { type: 'array', items: { anyOf: [{ type: 'boolean' }, { type: 'number' }] } },
  ],
  [
    'an object',
    Joi.object({ a: Joi.boolean().required(), b: Joi.boolean() }),
    {
      type: 'object',
      properties: { a: { type: 'boolean' }, b: { type: 'boolean' } },
      required: ['a'],
      additionalProperties: false,
    },
  ],
  [
    'an object with room',
    Joi.object({ a: Joi.boolean() }).unknown(),
    { type: 'object', properties: { a: { type: 'boolean' } } },
  ],
  ['any object', Joi.object(), { type: 'object' }],
  ['an empty object', Joi.object({}), { type: 'object', additionalProperties: false }],
  [
    'a map',
    Joi.object().pattern(Joi.string().max(3), Joi.number()).max(5),
    {
      type: 'object',
      additionalProperties: { type: 'number' },
      propertyNames: { type: 'string', minLength: 1, maxLength: 3 },
      maxProperties: 5,
    },
  ],
  [
    'a map by pattern',
    Joi.object().pattern(/^a/, Joi.number()),
    { type: 'object', additionalProperties: { type: 'number' }, propertyNames: { pattern: '^a' } },
  ],
  [
    'at least one of two',
    Joi.object({ a: Joi.any(), b: Joi.any() }).or('a', 'b'),
    {
      type: 'object',
      properties: { a: {}, b: {} },
      additionalProperties: false,
      anyOf: [{ required: ['a'] }, { required: ['b'] }],
    },
  ],
  [
    'alternatives',
    Joi.alternatives(Joi.boolean(), Joi.number()),
    { anyOf: [{ type: 'boolean' }, { type: 'number' }] },
  ],
  [
    'what joi cannot say',
    Joi.object().meta({ json: { minProperties: 1 } }),
    { type: 'object', minProperties: 1 },
  ],
])('%s', (_name, schema, expected) => {
  expect(closed(schema)).toEqual(expected);
});

test('answers stay open, because they may grow', () => {
  expect(open(Joi.object({ a: Joi.string() }))).toEqual({
    type: 'object',
    properties: { a: { type: 'string' } },
  });
});

test('a schema with a name is written once and referred to', () => {
  const components: Components = new Map();
  const part = Joi.object({ a: Joi.boolean() }).meta({ component: 'Part' });
  const whole = Joi.object({ one: part, two: part });
  expect(jsonSchemaOf(whole, { closed: false, components })).toEqual({
    type: 'object',
    properties: { one: { $ref: '#/components/schemas/Part' }, two: { $ref: '#/components/schemas/Part' } },
  });
  expect([...components.keys()]).toEqual(['Part']);
  const other = Joi.object({ b: Joi.boolean() }).meta({ component: 'Part' });
  expect(() => jsonSchemaOf(other, { closed: false, components })).toThrow(
    'Two different schemas are called Part',
  );
});

test.each<[string, Schema]>([
  ['a rule without a counterpart', Joi.string().hex()],
  ['a bound that refers to another value', Joi.number().min(Joi.ref('a'))],
  ['conditions', Joi.alternatives().conditional('a', { is: 1, otherwise: Joi.string() })],
  ['a computed default', Joi.string().default(() => 'x')],
  ['a pattern with flags', Joi.string().pattern(/a/i)],
  ['a forbidden value', Joi.string().invalid('x')],
  ['members that exclude each other', Joi.object({ a: Joi.any(), b: Joi.any() }).xor('a', 'b')],
  ['several patterns of names', Joi.object().pattern(/a/, Joi.any()).pattern(/b/, Joi.any())],
  ['a binary', Joi.binary()],
])('%s is refused rather than left out', (_name, schema) => {
  expect(() => closed(schema)).toThrow(/No JSON Schema/);
});
