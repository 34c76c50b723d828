import type { IncomingMessage } from 'node:http';
import { type Failure, fail } from '../kernel/errors.ts';
import { hasBody } from './exchange.ts';
import { Disconnected, Refusal } from './problem.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Reads a whole body as text: at most `limit` bytes, of valid UTF-8, within `timeoutMs`. */
export async function readText(req: IncomingMessage, limit: number, timeoutMs: number): Promise<string> {
  if (!hasBody(req)) return ''; // whose end the server does not tell
  const bytes = await readBytes(req, limit, timeoutMs);
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw fail('malformed', 'invalid_utf8', 'The body is not valid UTF-8.', { cause });
  }
}

/**
 * The body as it arrives. Raises `payload_too_large` past the limit and `Disconnected` when the caller goes away
 * before the end, so a body that broke off never looks complete.
 */
export function streamBody(req: IncomingMessage, limit: number): AsyncIterable<Uint8Array> {
  refuseLength(req, limit);
  return chunksOf(req, limit);
}

async function* chunksOf(req: IncomingMessage, limit: number): AsyncGenerator<Uint8Array> {
  if (!hasBody(req)) return;
  let bytes = 0;
  try {
    // The request must outlive the loop: its connection still carries the answer.
    for await (const chunk of req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > limit) throw tooLarge(limit);
      yield chunk;
    }
  } catch (error) {
    throw req.destroyed ? new Disconnected('The upload broke off.', { cause: error }) : error;
  }
  if (!req.complete) throw new Disconnected('The upload broke off.');
}

function readBytes(req: IncomingMessage, limit: number, timeoutMs: number): Promise<Buffer> {
  refuseLength(req, limit);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const settle = (error?: Error) => {
      clearTimeout(timer);
      req.off('data', onData).off('end', onEnd).off('close', onClose);
      if (error) req.pause();
      if (error) reject(error);
      else resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
    };
    const onData = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > limit) settle(tooLarge(limit));
      else chunks.push(chunk);
    };
    const onEnd = () => settle();
    const onClose = () => settle(new Disconnected('The body broke off.'));
    const timer = setTimeout(() => settle(tooSlow()), timeoutMs);
    req.on('data', onData).on('end', onEnd).on('close', onClose);
  });
}

/** A body that says it is too large is refused before it is read. */
function refuseLength(req: IncomingMessage, limit: number): void {
  if (Number(req.headers['content-length'] ?? 0) > limit) throw tooLarge(limit);
}

function tooLarge(limit: number): Failure {
  return fail('too_large', 'payload_too_large', `The body is larger than ${limit} bytes.`);
}

function tooSlow(): Refusal {
  return new Refusal(408, 'request_timeout', 'The body did not arrive in time.');
}
