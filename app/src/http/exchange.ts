import type { IncomingMessage } from 'node:http';
import type { Response } from 'express';
import type { Actor } from '../kernel/actor.ts';
import type { Trace } from './trace.ts';

/** What the edge knows of one request on its way through. Domains never see it; they get a `Call`. */
export interface Exchange extends Trace {
  readonly startedAt: number;
  readonly method: string;
  /** Path as it came, without the query. */
  readonly path: string;
  /** Query as it came, without the question mark. */
  readonly query: string;
  /** Headers that every answer to this request carries, as a flat list of names and values. */
  readonly headers: string[];
  /** Pattern of the matched route: the metric label. */
  route: string;
  actor: Actor | undefined;
  /** Whether the connection is to end with this answer; asked when the answer is sent. */
  readonly isLast: () => boolean;
  /** Bytes of the answer's body. */
  bytes: number;
  /** Code of the problem answered, if one was. */
  code: string | undefined;
  /** How long the service took, in milliseconds, where the rest of the time was spent waiting for something to happen. */
  servedMs?: number;
  /** Set when the answer broke off by our own fault. */
  broken: boolean;
}

export const UNMATCHED = 'unmatched';

/** Remembers the exchange of a response. */
export function beginExchange(res: Response, exchange: Exchange): void {
  res.locals.exchange = exchange;
}

/** The exchange that the first middleware began for this response. */
export function exchangeOf(res: Response): Exchange {
  return res.locals.exchange as Exchange;
}

/** Whether a body follows the headers, by the rules of HTTP/1.1. */
export function hasBody(req: IncomingMessage): boolean {
  if (req.headers['transfer-encoding'] !== undefined) return true;
  const length = req.headers['content-length'];
  return length !== undefined && length !== '0';
}
