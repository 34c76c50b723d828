import fc from 'fast-check';
import { decode, encode, type Representation, stampOf } from '../../src/cache/representation.ts';
import { createTokens, epochOf, TOKEN_LENGTH } from '../../src/cache/tokens.ts';

const tokens = createTokens();
const visible = fc.string({ unit: fc.constantFrom(...'abcXYZ019."-_/'), maxLength: 60 });
const representation: fc.Arbitrary<Representation> = fc.record(
  {
    kind: fc.constantFrom('value', 'absence'),
    stamp: fc
      .integer({ min: 1, max: 4 })
      .map((n) => stampOf(Array.from({ length: n }, () => tokens.next(7)))),
    etag: visible.filter((text) => text !== ''),
    next: visible.filter((text) => text !== ''),
    version: fc.nat(),
    freshUntil: fc.nat(),
    expiresAt: fc.nat(),
    body: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  },
  { requiredKeys: ['kind', 'stamp', 'freshUntil', 'expiresAt', 'body'] },
);

test('what is encoded is decoded', () => {
  fc.assert(fc.property(representation, (one) => expect(decode(encode(one))).toEqual(one)));
});

test('damage anywhere is a miss', () => {
  fc.assert(
    fc.property(representation, fc.nat(), fc.integer({ min: 1, max: 255 }), (one, at, change) => {
      const bytes = encode(one);
      const behindHeader = 40 + (at % (bytes.length - 40));
      bytes[behindHeader]! ^= change;
      expect(decode(bytes)).toBeUndefined();
    }),
  );
});

test.each([
  ['nothing', Buffer.alloc(0)],
  ['a header without the rest', encode(fc.sample(representation, 1)[0]!).subarray(0, 40)],
  ['something else', Buffer.from('{"kind":"value"}'.repeat(5))],
])('%s is a miss', (_what, bytes) => {
  expect(decode(bytes)).toBeUndefined();
});

test('tokens have one length, tell their epoch and never come twice, from any process', () => {
  const processes = [createTokens(), createTokens(), createTokens()];
  const made = Array.from({ length: 3000 }, (_, i) => processes[i % 3]!.next(i));
  expect(new Set(made).size).toBe(3000);
  expect(made.map((token) => token.length)).toEqual(made.map(() => TOKEN_LENGTH));
  expect(made.map(epochOf)).toEqual(made.map((_, i) => i));
  expect(made).toEqual([...made].sort()); // a later epoch sorts later: the scripts compare texts
});
