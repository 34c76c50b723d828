/**
 * The one error of the house. A failure has a kind (which decides the HTTP status, once, at the edge),
 * a stable machine-readable code and a public sentence. Causes stay inside and are only logged.
 */
export type FailureKind =
  | 'malformed' // 400: the request cannot be read
  | 'unauthenticated' // 401
  | 'forbidden' // 403
  | 'absent' // 404
  | 'method' // 405
  | 'conflict' // 409
  | 'gone' // 410
  | 'precondition' // 412
  | 'too_large' // 413
  | 'too_long' // 414
  | 'media_type' // 415
  | 'invalid' // 422: well formed, but breaks a rule
  | 'precondition_required' // 428
  | 'limited' // 429
  | 'unavailable' // 503: a dependency is ill; a retry may succeed
  | 'internal'; // 500: our fault

/** One broken rule. `pointer` is an RFC 6901 JSON pointer into the request body, or the name of a parameter. */
export interface FieldError {
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

export interface FailureOptions {
  readonly errors?: readonly FieldError[];
  readonly cause?: unknown;
  /** Seconds after which a retry makes sense. */
  readonly retryAfter?: number;
  /** The scope that would have been enough, where the caller's are not. */
  readonly scope?: string;
  /** Extra public members of the problem document, such as `position`. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

export class Failure extends Error {
  readonly kind: FailureKind;
  readonly code: string;
  readonly errors: readonly FieldError[];
  readonly retryAfter: number | undefined;
  readonly scope: string | undefined;
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(kind: FailureKind, code: string, detail: string, options: FailureOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Failure';
    this.kind = kind;
    this.code = code;
    this.errors = options.errors ?? [];
    this.retryAfter = options.retryAfter;
    this.scope = options.scope;
    this.extra = options.extra ?? {};
  }
}

/** Builds the failure to throw: `throw fail('absent', 'not_found', 'No such entity.')`. */
export function fail(kind: FailureKind, code: string, detail: string, options?: FailureOptions): Failure {
  return new Failure(kind, code, detail, options);
}

/** The failure of a request that breaks one or more rules: all of them are reported at once. */
export function invalid(errors: readonly FieldError[]): Failure {
  const [first] = errors;
  if (errors.length === 1 && first) return fail('invalid', first.code, first.detail, { errors });
  return fail('invalid', 'validation_failed', `The request breaks ${errors.length} rules.`, { errors });
}

/** The JSON pointer (RFC 6901) with these segments, each escaped. */
export function pointer(...segments: (string | number)[]): string {
  let text = '';
  for (const segment of segments) text += `/${typeof segment === 'number' ? segment : escaped(segment)}`;
  return text;
}

const SPECIAL = /[~/]/;

/** Made for every value of every request, and hardly ever is there anything to escape. */
function escaped(segment: string): string {
  return SPECIAL.test(segment) ? segment.replaceAll('~', '~0').replaceAll('/', '~1') : segment;
}
