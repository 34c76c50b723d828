import { fail } from '../../../kernel/errors.ts';
import { type Framer, lineFramer } from './frames.ts';

const [QUOTE, COMMA, LINE_FEED] = [0x22, 0x2c, 0x0a];

/** A cell's text; undefined for an empty one without quotes, which stands for no value. */
export type Cell = string | undefined;

/** Records of RFC 4180: a line feed within quotes belongs to the record. Quotes begin only at a cell's start. */
export function recordFramer(): Framer {
  let state: 'start' | 'bare' | 'quoted' | 'closed' = 'start';
  return lineFramer((chunk, from) => {
    for (let i = from; i < chunk.length; i++) {
      const byte = chunk[i]!;
      if (state === 'quoted') {
        if (byte === QUOTE) state = 'closed';
      } else if (byte === LINE_FEED) {
        state = 'start';
        return i;
      } else if (byte === COMMA) {
        state = 'start';
      } else if (byte === QUOTE && state !== 'bare') {
        state = 'quoted'; // opens a cell, or is the second of two quotes that stand for one
      } else {
        state = 'bare';
      }
    }
    return -1;
  });
}

const BARE = /[^,"]*/y;
const QUOTED = /"([^"]*(?:""[^"]*)*)"/y;

/** The cells of one record. Throws `malformed_csv` for a quote where none may stand. */
export function cellsOf(record: string): Cell[] {
  const text = record.endsWith('\r') ? record.slice(0, -1) : record;
  const cells: Cell[] = [];
  for (let at = 0; ; at += 1) {
    const pattern = text[at] === '"' ? QUOTED : BARE;
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (!match) throw malformed(cells.length + 1);
    at += match[0].length;
    if (at < text.length && text[at] !== ',') throw malformed(cells.length + 1);
    const [whole, quoted] = match;
    cells.push(quoted === undefined ? whole || undefined : quoted.replaceAll('""', '"'));
    if (at === text.length) return cells;
  }
}

function malformed(cell: number) {
  return fail(
    'malformed',
    'malformed_csv',
    `Cell ${cell} has a quote where none may stand; write "" inside quotes.`,
  );
}
