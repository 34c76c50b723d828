import { isUtf8 } from 'node:buffer';
import { fail } from '../../../kernel/errors.ts';
import { MAX_ROW_BYTES } from './row.ts';

/** The bytes of one row and where it stands. Without bytes it was too large to be kept. */
export interface Frame {
  readonly line: number;
  readonly bytes: Buffer | undefined;
}

/** Cuts a body into rows, in whatever chunks it comes. */
export interface Framer {
  push(chunk: Buffer): Iterable<Frame>;
  end(): Iterable<Frame>;
}

const LINE_FEED = 0x0a;

/** Gathers the parts of a row that spans chunks; lets go of one that grows too large. */
export function createGatherer() {
  let parts: Buffer[] = [];
  let size = 0;
  return {
    add(part: Buffer): void {
      size += part.length;
      if (size > MAX_ROW_BYTES) parts = [];
      else parts.push(part);
    },
    take(): Buffer | undefined {
      const bytes = size > MAX_ROW_BYTES ? undefined : parts.length === 1 ? parts[0] : Buffer.concat(parts);
      parts = [];
      size = 0;
      return bytes;
    },
    get isEmpty() {
      return size === 0;
    },
  };
}

/** Finds where a row ends: the index of its line feed in the chunk, or -1 if it goes on. Sees each byte once. */
export type FindEnd = (chunk: Buffer, from: number) => number;

/** Rows that end with a line feed, each numbered by its first line. */
export function lineFramer(findEnd: FindEnd = (chunk, from) => chunk.indexOf(LINE_FEED, from)): Framer {
  const gatherer = createGatherer();
  let line = 1;
  let inner = 0;

  function add(part: Buffer): void {
    inner += countLineFeeds(part);
    gatherer.add(part);
  }
  function take(): Frame {
    const frame = { line, bytes: gatherer.take() };
    line += inner + 1;
    inner = 0;
    return frame;
  }

  return {
    *push(chunk) {
      let from = 0;
      for (let end = findEnd(chunk, 0); end >= 0; end = findEnd(chunk, from)) {
        add(chunk.subarray(from, end));
        yield take();
        from = end + 1;
      }
      add(chunk.subarray(from));
    },
    *end() {
      if (!gatherer.isEmpty) yield take();
    },
  };
}

function countLineFeeds(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) count += 1;
  return count;
}

/** The text of a row. Throws what makes it unreadable. */
export function textOf({ bytes }: Frame): string {
  if (!bytes) throw fail('too_large', 'row_too_large', `A row has at most ${MAX_ROW_BYTES} bytes.`);
  if (!isUtf8(bytes)) throw fail('malformed', 'invalid_utf8', 'The row is not valid UTF-8.');
  return bytes.toString();
}
