import { fail } from '../../../kernel/errors.ts';
import type { TypeDefinition } from '../../../schema/definition.ts';
import { recordFramer } from './csv-records.ts';
import { columnsOf, rowOfRecord } from './csv-rows.ts';
import { type Frame, type Framer, lineFramer, textOf } from './frames.ts';
import { arrayFramer } from './json-array.ts';
import { jsonFrom } from './json-text.ts';
import { type BadRow, isRowFailure, type Row } from './row.ts';
import { readRow } from './row-shape.ts';

export const UPLOAD_TYPES = ['application/json', 'application/x-ndjson', 'text/csv'];

/** Rows as they come, some at a time. */
export type Rows = AsyncIterable<Iterable<Row | BadRow>>;

/** The body stopped coming; the cause says why. */
export class Interrupted extends Error {}

interface Reader {
  /** Takes the first line, which is no row. Throws what is wrong with the whole body. */
  readonly header?: (text: string) => void;
  readonly row: (text: string, place: Pick<Row, 'line' | 'bytes'>) => Row;
}

/** Reads the rows of a body in one of `UPLOAD_TYPES`, holding no more than a chunk and a row of it. */
export function rowsOf(
  mediaType: string | undefined,
  stream: AsyncIterable<Uint8Array>,
  definition: TypeDefinition,
): Rows {
  if (mediaType === 'text/csv') return read(stream, recordFramer(), csvReader(definition));
  return read(stream, mediaType === 'application/json' ? arrayFramer() : lineFramer(), jsonReader);
}

async function* read(stream: AsyncIterable<Uint8Array>, framer: Framer, reader: Reader) {
  let awaitsHeader = reader.header !== undefined;

  function* rowsIn(frames: Iterable<Frame>): Iterable<Row | BadRow> {
    for (const frame of frames) {
      if (awaitsHeader) {
        reader.header?.(textOf(frame));
        awaitsHeader = false;
        continue;
      }
      const row = rowIn(frame, reader);
      if (row) yield row;
    }
  }

  for await (const chunk of withoutMark(stream)) yield rowsIn(framer.push(chunk));
  yield rowsIn(framer.end());
  if (awaitsHeader) throw fail('malformed', 'missing_header', 'The first line must name the columns.');
}

/** Nothing for a blank line. */
function rowIn(frame: Frame, reader: Reader): Row | BadRow | undefined {
  const { line } = frame;
  try {
    const text = textOf(frame);
    return text.trim() === '' ? undefined : reader.row(text, { line, bytes: frame.bytes!.length });
  } catch (failure) {
    if (isRowFailure(failure)) return { line, failure };
    throw failure;
  }
}

const jsonReader: Reader = { row: (text, place) => readRow(jsonFrom(text, 'row'), place) };

function csvReader(definition: TypeDefinition): Reader {
  let columns: ReturnType<typeof columnsOf> = [];
  return {
    header(text) {
      columns = columnsOf(definition, text);
    },
    row: (text, place) => rowOfRecord(columns, text, place),
  };
}

const BYTE_ORDER_MARK = Buffer.from('\ufeff');

/** The chunks of a stream as buffers, less the mark that some programs put in front of UTF-8. */
async function* withoutMark(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let head: Buffer | undefined = Buffer.alloc(0);
  try {
    for await (const { buffer, byteOffset, byteLength } of stream) {
      const chunk = Buffer.from(buffer, byteOffset, byteLength);
      if (!head) {
        yield chunk;
        continue;
      }
      head = Buffer.concat([head, chunk]);
      if (head.length < BYTE_ORDER_MARK.length) continue;
      yield head.indexOf(BYTE_ORDER_MARK) === 0 ? head.subarray(BYTE_ORDER_MARK.length) : head;
      head = undefined;
    }
  } catch (cause) {
    throw new Interrupted('The body stopped coming.', { cause });
  }
  if (head) yield head;
}
