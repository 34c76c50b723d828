import type { Request, Response } from 'express';
import { exchangeOf, hasBody } from './exchange.ts';
import { lingerOnClose } from './linger.ts';

/** Up to here it is cheaper to copy bytes behind the headers than to write both from where they are. */
const SMALL_BYTES = 4096;

/**
 * Writes one whole answer with exactly these headers, a flat list of names and values: Node writes such a list
 * without the checks and copies that setting them one by one costs.
 */
export function send(
  req: Request,
  res: Response,
  status: number,
  headers: string[],
  body?: string | Uint8Array,
): void {
  const length = body === undefined ? 0 : Buffer.byteLength(body);
  if (status !== 204 && status !== 304) headers.push('Content-Length', String(length));
  endIfLast(req, res, headers);
  res.writeHead(status, headers);
  if (req.method === 'HEAD' || body === undefined) {
    res.end();
    return;
  }
  exchangeOf(res).bytes = length;
  // Only text leaves in one piece with the headers; Latin-1 is the text whose letters are these bytes.
  if (Buffer.isBuffer(body) && length <= SMALL_BYTES) res.end(body.toString('latin1'), 'latin1');
  else res.end(body);
}

/**
 * Ends the connection with this answer where it has to. What is left of an unread body would be taken for the
 * next request, or be waited for in vain.
 */
export function endIfLast(req: Request, res: Response, headers: string[]): void {
  const unread = !req.complete && hasBody(req);
  if (!unread && !exchangeOf(res).isLast()) return;
  if (!headers.includes('Connection')) headers.push('Connection', 'close');
  if (unread) lingerOnClose(req.socket);
}
