import { type Failure, type FieldError, fail } from '../kernel/errors.ts';
import type { Answer } from './domain.ts';

/** What each kind of failure was to clients of the paths that spoke of a `detail`: mostly 400. */
const STATUS: Partial<Record<Failure['kind'], number>> = {
  unauthenticated: 401,
  forbidden: 403,
  too_large: 413,
  media_type: 415,
  invalid: 422,
  limited: 429,
  unavailable: 503,
};

/** Codes by which those clients knew broken rules. */
const TYPES: Readonly<Record<string, readonly [type: string, msg: string]>> = {
  required: ['value_error.missing', 'field required'],
  invalid_email: ['value_error.email', 'value is not a valid email address'],
  malformed_json: ['value_error.jsondecode', 'the body is not valid JSON'],
};

/** A failure as `{ "detail": ... }`: a sentence, or for broken rules a list of `{ loc, msg, type }`. */
export function detailAnswer(failure: Failure): Answer {
  const { kind, code, message, retryAfter } = failure;
  const headers =
    retryAfter === undefined ? {} : { headers: { 'Retry-After': String(Math.ceil(retryAfter)) } };
  if (kind === 'invalid' && failure.errors.length > 0) {
    return { status: 422, body: { detail: failure.errors.map(detailOf) }, ...headers };
  }
  if (code === 'malformed_json') {
    const [type, msg] = TYPES.malformed_json!;
    return { status: 422, body: { detail: [{ loc: ['body'], msg, type }] } };
  }
  return { status: STATUS[kind] ?? 400, body: { detail: message }, ...headers };
}

function detailOf({ pointer, code, detail }: FieldError) {
  const [type, msg] = TYPES[code] ?? [`value_error.${code}`, detail];
  const path = pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  return { loc: ['body', ...path], msg, type };
}

/** A failure in the words that such clients know. */
export const inOtherWords = (failure: Failure, detail: string): Failure =>
  fail('conflict', failure.code, detail);
