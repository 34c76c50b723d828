import type { Request, Response } from 'express';
import type { Answer } from '../domains/domain.ts';
import { type Exchange, exchangeOf } from './exchange.ts';
import { namesTag } from './preconditions.ts';
import { asPreferred } from './preferences.ts';
import { withParameter } from './query-string.ts';
import { send } from './send.ts';
import { sendStream } from './send-stream.ts';

/**
 * How every answer may be kept: by the caller alone, and asked for again each time. `Vary` names each header that
 * may choose the representation, now or later, so that what caches hold today stays right.
 */
const CACHING = ['Cache-Control', 'private, no-cache', 'Vary', 'Authorization, Accept, Prefer'];

/** Sends what a handler answered: 304 where the caller has it already, no body to HEAD, streams as they come. */
export function reply(req: Request, res: Response, whole: Answer): void | Promise<void> {
  const answer = req.headers.prefer === undefined ? whole : asPreferred(req, whole);
  const headers = headersOf(answer, exchangeOf(res));
  if (isUnchanged(req, answer)) return send(req, res, 304, headers);
  if (answer.stream) {
    headers.push('Content-Type', answer.contentType ?? 'application/octet-stream');
    return sendStream(req, res, answer.status, headers, answer.stream);
  }
  if (answer.body === undefined) return send(req, res, answer.status, headers);
  headers.push('Content-Type', answer.contentType ?? 'application/json');
  send(req, res, answer.status, headers, contentOf(answer.body));
}

/** Bytes are taken as finished; anything else becomes JSON. */
function contentOf(body: unknown): string | Uint8Array {
  return body instanceof Uint8Array ? body : JSON.stringify(body);
}

function headersOf(answer: Answer, exchange: Exchange): string[] {
  const headers = [...exchange.headers, ...CACHING];
  if (answer.etag !== undefined) headers.push('ETag', answer.etag);
  if (answer.location !== undefined) headers.push('Location', asciiOf(answer.location));
  if (answer.next) {
    const next = withParameter(exchange.path, exchange.query, 'cursor', answer.next);
    headers.push('Link', `<${next}>; rel="next"`);
  }
  if (answer.headers) {
    for (const [name, value] of Object.entries(answer.headers)) replace(headers, name, value);
  }
  return headers;
}

/** A handler's own header takes the place of the usual ones of the same name. */
function replace(headers: string[], name: string, value: string): void {
  for (let i = headers.length - 2; i >= 0; i -= 2) {
    // Few names are equally long, so few are put in lower case.
    const usual = headers[i]!;
    if (usual.length === name.length && usual.toLowerCase() === name.toLowerCase()) headers.splice(i, 2);
  }
  headers.push(name, value);
}

/** Ids that people chose may hold any letter; a header may not. */
function asciiOf(location: string): string {
  return location.replace(/[^!-~]+/gu, encodeURIComponent);
}

function isUnchanged(req: Request, { status, etag }: Answer): boolean {
  const tags = req.headers['if-none-match'];
  const isRead = req.method === 'GET' || req.method === 'HEAD';
  return tags !== undefined && etag !== undefined && status === 200 && isRead && namesTag(tags, etag);
}
