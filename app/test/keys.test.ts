import fc from 'fast-check';
import {
  compareKeys,
  escapePart,
  key,
  lastKey,
  parts,
  startingWith,
  under,
  unescapePart,
} from '../src/table/keys.ts';

/** Any text that UTF-8 can hold, rich in what the grammar treats specially; not the reserved last character. */
const special = fc.constantFrom(
  '#',
  '$',
  '%',
  ' ',
  '!',
  '\0',
  '\u001f',
  '$23',
  '~',
  'a',
  'é',
  '\uFFFD',
  '😀',
);
const part = fc
  .array(fc.oneof(special, fc.string({ unit: 'binary', maxLength: 3 })), { maxLength: 4 })
  .map((pieces) => pieces.join(''))
  .filter((text) => !text.includes(lastKey));
const tuple = fc.array(part, { minLength: 1, maxLength: 4 });

/** The order that keys promise: part by part, each by its UTF-8 bytes, a shorter tuple first. */
function compareTuples(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = Buffer.compare(Buffer.from(a[i]!), Buffer.from(b[i]!));
    if (order !== 0) return order;
  }
  return Math.sign(a.length - b.length);
}

function within(range: { from: string; to: string }, text: string): boolean {
  return compareKeys(range.from, text) <= 0 && compareKeys(text, range.to) <= 0;
}

/** Tuples that have a good chance to share their beginning. */
const related = fc
  .tuple(tuple, tuple, fc.nat(4))
  .map(([a, b, shared]): [string[], string[]] => [a, [...a.slice(0, shared), ...b]]);

describe('keys', () => {
  test('stay readable where nothing needs escaping', () => {
    expect(key('default', 'type', 'city')).toBe('default#type#city');
    expect(key('a#b', '5 $', '')).toBe('a$23b#5$20$24#');
    expect(parts('a$23b#5$20$24#')).toEqual(['a#b', '5 $', '']);
  });

  test('come apart into the parts that they were made of', () => {
    fc.assert(fc.property(tuple, (texts) => expect(parts(key(...texts))).toEqual(texts)));
    fc.assert(fc.property(part, (text) => expect(unescapePart(escapePart(text))).toBe(text)));
  });

  test('hold no control characters', () => {
    fc.assert(fc.property(tuple, (texts) => expect([...key(...texts)].every((c) => c >= '#')).toBe(true)));
  });

  test('sort as their parts do', () => {
    fc.assert(
      fc.property(related, ([a, b]) => {
        expect(Math.sign(compareKeys(key(...a), key(...b)))).toBe(compareTuples(a, b));
      }),
      { numRuns: 2000 },
    );
  });

  test('under whole parts lie exactly the keys that go on', () => {
    fc.assert(
      fc.property(related, ([prefix, texts]) => {
        const goesOn = texts.length > prefix.length && prefix.every((text, i) => texts[i] === text);
        expect(within(under(...prefix), key(...texts))).toBe(goesOn);
      }),
      { numRuns: 2000 },
    );
  });

  test('starting with a text are exactly the keys whose next part begins so', () => {
    const cut = fc.tuple(related, fc.nat(3)).map(([[a, b], length]) => {
      const start = [...(a.at(-1) ?? '')].slice(0, length).join('');
      return { prefix: a.slice(0, -1), start, texts: b };
    });
    fc.assert(
      fc.property(cut, ({ prefix, start, texts }) => {
        const next = texts[prefix.length];
        const begins = prefix.every((text, i) => texts[i] === text) && next?.startsWith(start) === true;
        expect(within(startingWith(prefix, start), key(...texts))).toBe(begins);
      }),
      { numRuns: 2000 },
    );
  });

  test('compare by their UTF-8 bytes', () => {
    expect(compareKeys('\uFFFD', '😀')).toBe(-1);
    expect('\uFFFD' < '😀').toBe(false);
  });
});
