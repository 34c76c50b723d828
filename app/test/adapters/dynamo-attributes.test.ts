import fc from 'fast-check';
import { fromAttributes, toAttributes } from '../../src/adapters/dynamo/attributes.ts';
import type { Item } from '../../src/table/table.ts';
import { item } from '../contract/table/fixture.ts';

const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 8 });
const number = fc
  .double({ noNaN: true, min: -9e125, max: 9e125 })
  .map((value) => (Math.abs(value) < 1e-130 ? 0 : value));
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.string({ unit: 'binary' }),
    number,
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(name, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

describe('native attributes', () => {
  test('have the types of the values', () => {
    const attributes = { text: '', n: -0, yes: true, none: null, list: [1e21], map: { a: {} } };
    expect(toAttributes(attributes)).toEqual({
      text: { S: '' },
      n: { N: '0' },
      yes: { BOOL: true },
      none: { NULL: true },
      list: { L: [{ N: '1e+21' }] },
      map: { M: { a: { M: {} } } },
    });
  });

  test('come back as the values that they were made of', () => {
    fc.assert(
      fc.property(fc.dictionary(name, value, { noNullPrototype: true }), (attributes) => {
        const stored = item('s', attributes as Record<string, string>) as Item;
        expect(fromAttributes(toAttributes(stored))).toEqual(stored);
      }),
    );
  });

  test('of types that are not used here are not passed over', () => {
    expect(() => fromAttributes({ set: { SS: ['a'] } })).toThrow('a type that is not used here');
  });
});
