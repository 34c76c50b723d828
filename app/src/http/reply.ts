import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import type { Answer } from '../domains/domain.ts';
import { type Exchange, exchangeOf, hasBody } from './exchange.ts';
import { lingerOnClose } from './linger.ts';
import { namesTag } from './preconditions.ts';
import { Disconnected } from './problem.ts';
import { withParameter } from './query-string.ts';

type Chunk = string | Uint8Array;

/**
 * How every answer may be kept: by the caller alone, and asked for again each time. `Vary` names each header that
 * may choose the representation, now or later, so that what caches hold today stays right.
 */
const CACHING = ['Cache-Control', 'private, no-cache', 'Vary', 'Authorization, Accept, Prefer'];
const CHUNK_BYTES = 32 * 1024;

/** Sends what a handler answered: 304 where the caller has it already, no body to HEAD, streams as they come. */
export async function reply(req: Request, res: Response, answer: Answer): Promise<void> {
  const exchange = exchangeOf(res);
  const headers = headersOf(answer, exchange);
  const unchanged = answer.etag !== undefined && isUnchanged(req, answer.status, answer.etag);
  if (unchanged) return send(req, res, 304, headers);
  if (answer.stream) return sendStream(req, res, answer, answer.stream, headers);
  if (answer.body === undefined) return send(req, res, answer.status, headers);
  headers.push('Content-Type', answer.contentType ?? 'application/json');
  send(req, res, answer.status, headers, contentOf(answer.body));
}

/** Writes one whole answer. Headers go out as one list, which Node writes without looking at each. */
export function send(req: Request, res: Response, status: number, headers: string[], body?: string | Uint8Array): void {
  const exchange = exchangeOf(res);
  const length = body === undefined ? 0 : Buffer.byteLength(body);
  const all = [...exchange.headers, ...headers];
  if (status !== 204 && status !== 304) all.push('Content-Length', String(length));
  closeIfNeeded(req, exchange, all);
  res.writeHead(status, all);
  if (req.method === 'HEAD' || body === undefined) {
    res.end();
  } else {
    exchange.bytes = length;
    res.end(body);
  }
}

/** Bytes are taken as finished; anything else becomes JSON. Text leaves in one piece with the headers, bytes do not. */
function contentOf(body: unknown): string | Uint8Array {
  return body instanceof Uint8Array ? body : JSON.stringify(body);
}

function headersOf(answer: Answer, exchange: Exchange): string[] {
  const own = Object.entries(answer.headers ?? {});
  const headers = own.length === 0 ? [...CACHING] : merged(own, exchange);
  if (answer.etag !== undefined) headers.push('ETag', answer.etag);
  if (answer.location !== undefined) headers.push('Location', answer.location);
  if (answer.next) {
    headers.push(
      'Link',
      `<${withParameter(exchange.path, exchange.query, 'cursor', answer.next)}>; rel="next"`,
    );
  }
  return headers;
}

/** A handler's own headers replace the usual ones of the same name. */
function merged(own: readonly [string, string][], exchange: Exchange): string[] {
  const names = new Set(own.map(([name]) => name.toLowerCase()));
  const without = (list: readonly string[]) =>
    list.filter((_, i) => !names.has(list[i - (i % 2)]!.toLowerCase()));
  exchange.headers.splice(0, Number.POSITIVE_INFINITY, ...without(exchange.headers));
  return [...without(CACHING), ...own.flat()];
}

function isUnchanged(req: Request, status: number, etag: string): boolean {
  const tags = req.headers['if-none-match'];
  return (
    tags !== undefined &&
    status === 200 &&
    (req.method === 'GET' || req.method === 'HEAD') &&
    namesTag(tags, etag)
  );
}

/** What is left of an unread body would be taken for the next request, or be waited for in vain. */
function closeIfNeeded(req: Request, exchange: Exchange, headers: string[]): void {
  const unread = !req.complete && hasBody(req);
  if (!unread && !exchange.closing) return;
  if (!headers.includes('Connection')) headers.push('Connection', 'close');
  if (unread) lingerOnClose(req.socket);
}

/** The first chunk is awaited before the status is sent, so a stream that fails at once is a clean problem. */
async function sendStream(
  req: Request,
  res: Response,
  answer: Answer,
  stream: AsyncIterable<Chunk>,
  headers: string[],
): Promise<void> {
  const exchange = exchangeOf(res);
  const all = [
    ...exchange.headers,
    ...headers,
    'Content-Type',
    answer.contentType ?? 'application/octet-stream',
  ];
  closeIfNeeded(req, exchange, all);
  const iterator = stream[Symbol.asyncIterator]();
  const first = await iterator.next();
  res.writeHead(answer.status, all);
  if (req.method === 'HEAD') {
    await iterator.return?.();
    res.end();
    return;
  }
  try {
    await pipeline(Readable.from(gathered(first, iterator, exchange)), res);
  } catch (error) {
    throw exchange.broken ? error : new Disconnected('The caller left.', { cause: error });
  }
}

/** Joins small chunks: a row of a download is a hundred bytes, and each write is a system call. */
async function* gathered(
  first: IteratorResult<Chunk>,
  rest: AsyncIterator<Chunk>,
  exchange: Exchange,
): AsyncGenerator<Buffer> {
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  try {
    for (let next = first; !next.done; next = await rest.next()) {
      const chunk = typeof next.value === 'string' ? Buffer.from(next.value) : next.value;
      waiting.push(chunk);
      bytes += chunk.length;
      if (bytes < CHUNK_BYTES) continue;
      exchange.bytes += bytes;
      yield Buffer.concat(waiting);
      waiting = [];
      bytes = 0;
    }
    exchange.bytes += bytes;
    if (bytes > 0) yield Buffer.concat(waiting);
  } catch (error) {
    exchange.broken = true;
    throw error;
  } finally {
    await rest.return?.();
  }
}
