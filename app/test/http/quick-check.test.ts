import fc from 'fast-check';
import Joi, { type Schema } from 'joi';
import { quickCheck } from '../../src/http/quick-check.ts';

const UUID = '0190163d-8694-739b-aea5-966c26f8ad90';

const plain: Record<string, Schema> = {
  text: Joi.string(),
  bounded: Joi.string().min(2).max(5),
  uuid: Joi.string().guid().description('An id.').example(UUID).required(),
  pattern: Joi.string().pattern(/^[a-z]+$/i, 'word'),
  'lower case': Joi.string()
    .lowercase()
    .pattern(/^[a-z]/),
};

describe.each(Object.entries(plain))('the quick check of %s', (_name, schema) => {
  test('accepts only what the schema accepts unchanged', () => {
    const quick = quickCheck(schema)!;
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.uuid(),
      fc.constantFrom('', 'abc', 'ABC', UUID),
    );
    fc.assert(
      fc.property(text, (value) => {
        if (quick(value)) expect(schema.validate(value)).toEqual({ value });
      }),
    );
  });
});

test('accepts the usual', () => {
  expect(quickCheck(plain.uuid!)!(UUID)).toBe(true);
  expect(quickCheck(plain.pattern!)!('Word')).toBe(true);
  expect(quickCheck(plain['lower case']!)!('word')).toBe(true);
});

test.each<[string, Schema]>([
  ['an allowed value', Joi.string().allow('')],
  ['one of', Joi.string().valid('a')],
  ['a refused value', Joi.string().invalid('a')],
  ['a rule of its own', Joi.string().custom((value) => value)],
  ['trimming', Joi.string().trim()],
  ['a number', Joi.number()],
  ['UUIDs of one version', Joi.string().guid({ version: 'uuidv7' })],
  ['an inverted pattern', Joi.string().pattern(/x/, { invert: true })],
  ['a bound by reference', Joi.string().min(Joi.ref('x'))],
])('there is none for %s', (_name, schema) => {
  expect(quickCheck(schema)).toBeUndefined();
});
