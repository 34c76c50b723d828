import fc from 'fast-check';
import { cellsOf, recordFramer } from '../../src/domains/entities/transfer/csv-records.ts';
import { type Framer, lineFramer } from '../../src/domains/entities/transfer/frames.ts';
import { arrayFramer } from '../../src/domains/entities/transfer/json-array.ts';
import { MAX_ROW_BYTES } from '../../src/domains/entities/transfer/row.ts';

type Rows = [line: number, text: string | undefined][];

function framed(framer: Framer, chunks: readonly Buffer[]): Rows {
  const rows: Rows = [];
  for (const chunk of chunks) {
    for (const { line, bytes } of framer.push(chunk)) rows.push([line, bytes?.toString()]);
  }
  for (const { line, bytes } of framer.end()) rows.push([line, bytes?.toString()]);
  return rows;
}

const whole = (make: () => Framer, text: string) => framed(make(), [Buffer.from(text)]);
const byteByByte = (make: () => Framer, text: string) =>
  framed(
    make(),
    [...Buffer.from(text)].map((byte) => Buffer.from([byte])),
  );

/** Each way to cut a body in two, and single bytes: nothing may depend on where chunks begin. */
function expectSameInAnyChunks(make: () => Framer, text: string): Rows {
  const rows = whole(make, text);
  const bytes = Buffer.from(text);
  const cuts = [...bytes.keys(), bytes.length].map((at) => [bytes.subarray(0, at), bytes.subarray(at)]);
  const outcomes = new Set(
    [...cuts.map((chunks) => framed(make(), chunks)), byteByByte(make, text)].map(textOf),
  );
  expect([...outcomes]).toEqual([textOf(rows)]);
  return rows;
}

const textOf = (rows: Rows) => JSON.stringify(rows);

const nasty = fc
  .array(
    fc.oneof(
      fc.constantFrom('"', '\\', '\\"', ',', '[', ']', '{', '}', '\n', '\r\n', "'", 'é', '😀'),
      fc.string(),
    ),
    {
      maxLength: 6,
    },
  )
  .map((parts) => parts.join(''));

describe('elements of a JSON array', () => {
  const space = fc.constantFrom('', ' ', '\n', '\t\r\n  ');
  const value = fc.oneof(nasty, fc.jsonValue({ maxDepth: 3 }), fc.dictionary(nasty, nasty, { maxKeys: 3 }));

  test('are what the array holds, in whatever chunks and spacing', () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 4 }), space, (values, gap) => {
        const elements = values.map((one) => gap + JSON.stringify(one, null, gap.length) + gap);
        const rows = expectSameInAnyChunks(arrayFramer, `${gap}[${elements.join(',')}${gap}]${gap}`);
        expect(rows.map(([line]) => line)).toEqual(values.map((_, i) => i + 1));
        expect(rows.map(([, text]) => JSON.parse(text!))).toEqual(JSON.parse(JSON.stringify(values)));
      }),
    );
  });

  test('may be broken inside without harm to the others', () => {
    expect(whole(arrayFramer, '[{"a":},nul,"x"]')).toEqual([
      [1, '{"a":}'],
      [2, 'nul'],
      [3, '"x"'],
    ]);
  });

  test.each([
    ['', 0],
    ['{"a":1}', 0],
    ['[1', 0],
    ['[1,]', 1],
    ['[,1]', 0],
    ['[1 2]]', 1],
    ['[1}', 0],
    ['["a]', 0],
    ['[1] x', 1],
  ])('end where the array around them is broken: %s', (text, before) => {
    const seen: unknown[] = [];
    const run = () => {
      const framer = arrayFramer();
      for (const frame of framer.push(Buffer.from(text))) seen.push(frame);
      for (const frame of framer.end()) seen.push(frame);
    };
    expect(run).toThrow(expect.objectContaining({ code: 'malformed_json' }));
    expect(seen).toHaveLength(before);
  });
});

describe('lines', () => {
  test('are numbered, with or without an end of the last one', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }).filter((s) => !s.includes('\n'))), (lines) => {
        const rows = expectSameInAnyChunks(lineFramer, lines.join('\n'));
        const last = lines.at(-1) === '' ? lines.slice(0, -1) : lines;
        expect(rows).toEqual(last.map((line, i) => [i + 1, line]));
      }),
    );
  });

  test('that are too large are dropped alone', () => {
    const large = 'x'.repeat(MAX_ROW_BYTES + 1);
    const rows = framed(
      lineFramer(),
      `a\n${large}\n${large.slice(1)}\nb`.match(/.{1,1000}|\n/gs)!.map((part) => Buffer.from(part)),
    );
    expect(rows.map(([line, text]) => [line, text?.length])).toEqual([
      [1, 1],
      [2, undefined],
      [3, MAX_ROW_BYTES],
      [4, 1],
    ]);
  });
});

describe('records of CSV', () => {
  const cell = fc.option(nasty, { nil: undefined });
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const written = (text: string | undefined) => {
    if (text === undefined) return '';
    return text === '' || /[",\r\n]/.test(text) ? quoted(text) : text;
  };
  const ending = fc.constantFrom('\n', '\r\n');

  test('hold their cells, and are numbered by their first lines', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 4 }),
        ending,
        (records, end) => {
          const texts = records.map((cells) => cells.map(written).join(','));
          const rows = expectSameInAnyChunks(recordFramer, texts.map((text) => text + end).join(''));
          expect(rows.map(([, text]) => cellsOf(text!))).toEqual(records);
          const linesBefore = (i: number) => texts.slice(0, i).join('').split('\n').length + i;
          expect(rows.map(([line]) => line)).toEqual(texts.map((_, i) => linesBefore(i)));
        },
      ),
    );
  });

  test('keep a stray quote to themselves', () => {
    const rows = whole(recordFramer, 'a 5" disk,1\n"x"y,2\nb,3\n');
    expect(rows.map(([line]) => line)).toEqual([1, 2, 3]);
    expect(() => cellsOf(rows[0]![1]!)).toThrow(expect.objectContaining({ code: 'malformed_csv' }));
    expect(() => cellsOf(rows[1]![1]!)).toThrow(expect.objectContaining({ code: 'malformed_csv' }));
    expect(cellsOf(rows[2]![1]!)).toEqual(['b', '3']);
  });

  test('may leave a quote open, which takes the rest', () => {
    const rows = whole(recordFramer, '1,"a\n2,b\n');
    expect(rows.map(([line]) => line)).toEqual([1]);
    expect(() => cellsOf(rows[0]![1]!)).toThrow(expect.objectContaining({ code: 'malformed_csv' }));
  });
});
