import fc from 'fast-check';
import { isCleanText, JSON_LIMITS, parseJson } from '../../src/kernel/json.ts';

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
const wide = (members: number) => `{${Array.from({ length: members }, (_, i) => `"k${i}":0`)}}`;
const refusal = (text: string) => {
  try {
    parseJson(text);
  } catch (error) {
    const { kind, code, errors } = error as { kind: string; code: string; errors: { pointer: string }[] };
    return { kind, code, pointer: errors[0]?.pointer };
  }
  return 'accepted';
};

test('whatever JSON can say within the bounds is read as JSON.parse reads it', () => {
  const clean = fc
    .string({ unit: 'binary' })
    .filter((text) => isCleanText(text) && !text.includes('__proto__'));
  const key = clean.filter((text) => !['', 'constructor', 'prototype'].includes(text));
  const number = fc.oneof(
    fc.integer(),
    fc.double({ min: -1e9, max: 1e9, noNaN: true }).map((n) => (Math.abs(n) < 1e-130 ? 0 : n)),
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 5 }, clean, number, fc.boolean(), fc.constant(null), tie('list'), tie('map')),
    list: fc.array(tie('value')),
    map: fc.dictionary(key, tie('value')),
  }));
  fc.assert(
    fc.property(value, (whatever) => {
      const text = JSON.stringify({ whatever });
      expect(parseJson(text)).toEqual(JSON.parse(text));
    }),
  );
});

test('up to the bounds everything is read', () => {
  parseJson(nested(JSON_LIMITS.depth));
  parseJson(wide(JSON_LIMITS.keys));
  parseJson(`[${Array(JSON_LIMITS.nodes - 1).fill(0)}]`);
  parseJson('[9007199254740991, -9007199254740991, 0.1, 1e-400, 1.5e2]');
  parseJson(`[0.${'1'.repeat(38)}, 0.${'0'.repeat(60)}1, 0.5${'0'.repeat(60)}]`);
  parseJson('["tab\\t line\\r\\n", "\\ud83d\\ude00", "\\u00a0\\u2028"]');
});

test.each([
  ['', 'malformed_json'],
  [' ', 'malformed_json'],
  ['{"a":1,}', 'malformed_json'],
  ["{'a':1}", 'malformed_json'],
  ['[Infinity]', 'malformed_json'],
  ['1', 'malformed_json'],
  ['true', 'malformed_json'],
  ['\ufeff{}', 'malformed_json'],
  [nested(33), 'too_deep'],
  [nested(100_000), 'too_deep'],
  [wide(1_001), 'too_complex'],
  [`[${Array(10_000).fill(0)}]`, 'too_complex'],
])('%j is malformed: %s', (text, code) => {
  expect(refusal(text)).toMatchObject({ kind: 'malformed', code });
});

test.each([
  ['{"a":[{"__proto__":1}]}', '/a/0/__proto__'],
  ['{"constructor":1}', '/constructor'],
  ['[{"prototype":null}]', '/0/prototype'],
  ['{"\\u005f_proto__":1}', '/__proto__'],
])('%s has a forbidden member at %s', (text, pointer) => {
  expect(refusal(text)).toEqual({ kind: 'malformed', code: 'forbidden_key', pointer });
});

test.each([
  ['{"a":1e400}', 'number_out_of_range', '/a'],
  ['{"a":[0,-1e400]}', 'number_out_of_range', '/a/1'],
  ['{"a":9007199254740992}', 'number_out_of_range', '/a'],
  ['{"a/b":{"~":1e300}}', 'number_out_of_range', '/a~1b/~0'],
  [`{"n":{"m":-0.${'1'.repeat(39)}}}`, 'number_out_of_range', '/n/m'],
  [`[1, 1.${'2'.repeat(40)}e-3]`, 'number_out_of_range', '/1'],
  ['{"a":"\\u0000"}', 'invalid_string', '/a'],
  ['{"a":"\\u0085"}', 'invalid_string', '/a'],
  ['{"a":"\\u007f"}', 'invalid_string', '/a'],
  ['["ok","\\udc00\\ud800"]', 'invalid_string', '/1'],
  ['{"a":"\\udbff\\udfff"}', 'invalid_string', '/a'],
  ['{"\\ud800":1}', 'invalid_string', '/\ud800'],
  ['{"a":{"":1}}', 'invalid_string', '/a/'],
  ['[1e-131]', 'number_out_of_range', '/0'],
])('%s cannot be stored: %s at %s', (text, code, pointer) => {
  expect(refusal(text)).toEqual({ kind: 'invalid', code, pointer });
});

test('a long run of digits in a string is just a string', () => {
  expect(parseJson(`["${'9'.repeat(50)}"]`)).toEqual(['9'.repeat(50)]);
});

test('minus zero is zero, and of duplicate members the last one counts', () => {
  const value = parseJson('{"a":[-0,{"b":-0.0}],"c":1,"c":2}');
  expect(value).toEqual({ a: [0, { b: 0 }], c: 2 });
});
