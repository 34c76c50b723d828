import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import { type Exchange, exchangeOf } from './exchange.ts';
import { Disconnected } from './problem.ts';
import { endIfLast } from './send.ts';

type Chunk = string | Uint8Array;

const CHUNK_LENGTH = 32 * 1024;

/**
 * Sends a stream as fast as the caller takes it, and ends it when the caller leaves. The first chunk is awaited
 * before the status is sent, so a stream that fails at once is a clean problem.
 */
export async function sendStream(
  req: Request,
  res: Response,
  status: number,
  headers: string[],
  stream: AsyncIterable<Chunk>,
): Promise<void> {
  const exchange = exchangeOf(res);
  const chunks = stream[Symbol.asyncIterator]();
  const first = await chunks.next();
  endIfLast(req, res, headers);
  res.writeHead(status, headers);
  if (req.method === 'HEAD') {
    await chunks.return?.();
    res.end();
    return;
  }
  try {
    await pipeline(Readable.from(counted(gathered(first, chunks), exchange)), res);
  } catch (error) {
    throw exchange.broken ? error : new Disconnected('The caller left.', { cause: error });
  }
}

/** Counts what is sent, and tells an error of the stream from one of the connection. */
async function* counted(chunks: AsyncGenerator<Buffer>, exchange: Exchange): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of chunks) {
      exchange.bytes += chunk.length;
      yield chunk;
    }
  } catch (error) {
    exchange.broken = true;
    throw error;
  }
}

/** Joins small pieces of text: a row of a download is a hundred bytes, and each write is a system call. */
async function* gathered(first: IteratorResult<Chunk>, rest: AsyncIterator<Chunk>): AsyncGenerator<Buffer> {
  let text = '';
  try {
    for (let next = first; !next.done; next = await rest.next()) {
      const isText = typeof next.value === 'string';
      if (isText) text += next.value;
      if (isText && text.length < CHUNK_LENGTH) continue;
      if (text !== '') yield Buffer.from(text);
      text = '';
      if (!isText) yield Buffer.from(next.value);
    }
    if (text !== '') yield Buffer.from(text);
  } finally {
    await rest.return?.();
  }
}
