import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import { fail } from '../kernel/errors.ts';
import { isCleanText } from '../kernel/json.ts';
import { exchangeOf } from './exchange.ts';
import { Refusal } from './problem.ts';

const HEADER_BYTES = 16 * 1024;
const PATH_BYTES = 2 * 1024;
const VISIBLE = /^[!-~]*$/;
/** A name, an IPv4 or a bracketed IPv6 address, with or without a port. */
const HOST = /^([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?$/i;

/** Refuses requests whose first lines already show that they cannot be meant. */
export function checkEntry(): RequestHandler {
  return (req, res, next) => {
    checkHeaders(req);
    checkPath(exchangeOf(res).path);
    next();
  };
}

/** One pass over the raw headers: their total size, and the one `Host` that HTTP/1.1 demands. */
function checkHeaders(req: IncomingMessage): void {
  let bytes = 0;
  let hosts = 0;
  const raw = req.rawHeaders;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!;
    bytes += name.length + raw[i + 1]!.length + 4;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++;
  }
  if (bytes > HEADER_BYTES) {
    throw new Refusal(431, 'headers_too_large', `The headers are larger than ${HEADER_BYTES} bytes.`, CLOSE);
  }
  const { expect } = req.headers;
  if (expect !== undefined && expect.toLowerCase() !== '100-continue') {
    throw new Refusal(417, 'expectation_failed', 'The only expectation met here is 100-continue.', CLOSE);
  }
  if (hosts === 0 && req.httpVersionMinor === 0) return; // HTTP/1.0 had no Host yet
  if (hosts !== 1 || !HOST.test(req.headers.host ?? '')) {
    throw new Refusal(400, 'invalid_host', 'The request must have one valid Host header.', CLOSE);
  }
}

const CLOSE = { Connection: 'close' };

function checkPath(path: string): void {
  if (path.length > PATH_BYTES) {
    throw fail('too_long', 'uri_too_long', `The path is longer than ${PATH_BYTES} bytes.`);
  }
  if (!VISIBLE.test(path) || (path.includes('%') && !isReadable(path))) {
    throw fail('malformed', 'malformed_path', 'The path holds something that is not text.');
  }
}

function isReadable(path: string): boolean {
  try {
    return isCleanText(decodeURIComponent(path));
  } catch {
    return false;
  }
}
