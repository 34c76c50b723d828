import { itemBytes } from '../../src/table/values.ts';

describe('the size of an item, as DynamoDB counts it', () => {
  test.each<[string, unknown, number]>([
    ['text', 'abc', 3],
    ['text in UTF-8', 'é😀', 6],
    ['empty text', '', 0],
    ['a boolean', true, 1],
    ['null', null, 1],
    ['zero', 0, 1],
    ['one digit', 7, 2],
    ['three digits', 123, 3],
    ['zeros at the end are free', 1000, 2],
    ['so are zeros at the start', 0.001, 2],
    ['a minus costs one', -12, 3],
    ['digits around the point', 12.345, 4],
    ['an exponent is free', 1.5e100, 2],
    ['an empty list', [], 3],
    ['a list', ['ab', 1], 3 + (1 + 2) + (1 + 2)],
    ['an empty map', {}, 3],
    ['a map', { key: 'ab' }, 3 + 1 + 3 + 2],
    ['undefined', undefined, -1],
  ])('%s', (_, value, bytes) => {
    expect(itemBytes({ n: value })).toBe(1 + bytes);
  });

  test.each<[string, string]>([
    ['ASCII', 'plain "text" with \\ud800 written out'],
    ['beyond ASCII', 'größer 😀'],
  ])('is the same with the JSON at hand: %s', (_, text) => {
    const item = { [text]: text, inner: [text, { [text]: 1 }] };
    expect(itemBytes(item, JSON.stringify(item))).toBe(itemBytes(item));
  });

  test.each<[string, object]>([
    ['half of a surrogate pair', { n: 'a\ud800' }],
    ['the same in a name', { 'a\udc00': 1 }],
    ['an empty name', { n: { '': 1 } }],
  ])('refuses %s, with the JSON at hand too', (_, item) => {
    expect(() => itemBytes(item)).toThrow();
    expect(() => itemBytes(item, JSON.stringify(item))).toThrow();
  });
});
