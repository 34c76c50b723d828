import { Failure } from '../../../kernel/errors.ts';
import { createGatherer, type Frame, type Framer } from './frames.ts';

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const isSpace = (byte: number) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** The body around its rows is broken, so nothing after this point can be told apart. */
export class BrokenBody extends Failure {
  readonly line: number;
  constructor(line: number, detail: string) {
    super('malformed', 'malformed_json', detail);
    this.line = line;
  }
}

/**
 * Cuts a JSON array into its elements without reading them: it follows strings, escapes and nesting, and leaves
 * what is inside an element to whoever parses it. `line` counts the elements, because a whole array often
 * stands on one line. Throws `BrokenBody` where the array itself ends or goes on in a way that no array does.
 */
export function arrayFramer(): Framer {
  const gatherer = createGatherer();
  let phase: 'before' | 'within' | 'after' = 'before';
  let line = 1;
  let depth = 0;
  let blank = true;
  let inString = false;
  let escaped = false;

  const broken = (expected: string) =>
    new BrokenBody(line, `The body is not a JSON array: expected ${expected}.`);

  /** Steps over one byte of an element; true if the byte ends it. */
  function ends(byte: number): boolean {
    if (inString) {
      if (escaped) escaped = false;
      else if (byte === BACKSLASH) escaped = true;
      else if (byte === QUOTE) inString = false;
      return false;
    }
    if (depth === 0 && (byte === COMMA || byte === CLOSE_ARRAY)) return true;
    if (byte === QUOTE) inString = true;
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth += 1;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth -= 1;
    if (depth < 0) throw broken('a comma or ]');
    if (blank) blank = isSpace(byte);
    return false;
  }

  function outside(byte: number): void {
    if (isSpace(byte)) return;
    if (phase === 'after') throw broken('nothing after ]');
    if (byte !== OPEN_ARRAY) throw broken('[');
    phase = 'within';
  }

  function* finish(byte: number): Iterable<Frame> {
    const isLast = byte === CLOSE_ARRAY;
    if (isLast) phase = 'after';
    const bytes = gatherer.take();
    if (blank && isLast && line === 1) return;
    if (blank) throw broken('a value');
    yield { line, bytes };
    line += 1;
    blank = true;
  }

  return {
    *push(chunk) {
      let from = 0;
      for (let i = 0; i < chunk.length; i++) {
        const byte = chunk[i]!;
        if (phase !== 'within') {
          outside(byte);
          from = i + 1;
        } else if (ends(byte)) {
          gatherer.add(chunk.subarray(from, i));
          yield* finish(byte);
          from = i + 1;
        }
      }
      if (phase === 'within') gatherer.add(chunk.subarray(from));
    },
    end() {
      if (phase !== 'after') throw broken(phase === 'before' ? '[' : 'a comma or ]');
      return [];
    },
  };
}
