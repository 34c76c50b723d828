import type { IncomingHttpHeaders } from 'node:http';
import { fail } from '../kernel/errors.ts';

const ENTITY_TAGS = /^\s*(\*|(W\/)?"[!#-~\x80-\xff]*"(\s*,\s*(W\/)?"[!#-~\x80-\xff]*")*)\s*$/;
const ONE_TAG = /(?:W\/)?("[^"]*")/g;
const BARE_KEY = /^[!#-~]{1,255}$/;
const VERSION = /^\d{1,15}$/;
const NO_CACHE = /\bno-(cache|store)\b|\bmax-age=0\b/i;
const QUOTED_KEY = /^"((?:[!#-[\]-~]|\\["\\]){1,255})"$/;

export interface Preconditions {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
  readonly idempotencyKey: string | undefined;
  /** `X-Min-Version`: what the caller has seen already must not be older than what it gets now. */
  readonly minVersion: number | undefined;
  /** `Cache-Control` asks to go round caches. */
  readonly fresh: boolean;
}

/** The headers that make a request conditional, refused when they are not what the standards say they are. */
export function readPreconditions(headers: IncomingHttpHeaders): Preconditions {
  return {
    ifMatch: entityTags('If-Match', headers['if-match']),
    ifNoneMatch: entityTags('If-None-Match', headers['if-none-match']),
    idempotencyKey: idempotencyKey(headers['idempotency-key']),
    minVersion: minVersion(headers['x-min-version']),
    fresh: headers['cache-control'] !== undefined && NO_CACHE.test(headers['cache-control']),
  };
}

/** Whether `If-None-Match` names this tag. The comparison is the weak one, as RFC 9110 demands here. */
export function namesTag(ifNoneMatch: string, etag: string): boolean {
  if (ifNoneMatch === etag || ifNoneMatch.trim() === '*') return true;
  const opaque = etag.startsWith('W/') ? etag.slice(2) : etag;
  for (const [, tag] of ifNoneMatch.matchAll(ONE_TAG)) if (tag === opaque) return true;
  return false;
}

function entityTags(name: string, value: string | undefined): string | undefined {
  if (value === undefined || ENTITY_TAGS.test(value)) return value;
  throw fail('malformed', 'invalid_precondition', `${name} must be * or a list of quoted entity tags.`);
}

/** The draft standard wants a quoted string; most clients send it bare. Both forms name the same key. */
function idempotencyKey(value: string | string[] | undefined): string | undefined {
  if (value === undefined) return undefined;
  const text = String(value);
  const quoted = QUOTED_KEY.exec(text)?.[1];
  if (quoted !== undefined) return quoted.replace(/\\(.)/g, '$1');
  if (BARE_KEY.test(text)) return text;
  throw fail('malformed', 'invalid_idempotency_key', 'Idempotency-Key must be 1 to 255 visible characters.');
}

function minVersion(value: string | string[] | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && VERSION.test(value)) return Number(value);
  throw fail('malformed', 'invalid_precondition', 'X-Min-Version must be a whole number.');
}
