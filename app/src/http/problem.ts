import { STATUS_CODES } from 'node:http';
import { Failure, type FailureKind } from '../kernel/errors.ts';
import type { Exchange } from './exchange.ts';

/** The one place where kinds of failure become statuses. */
const STATUS: Readonly<Record<FailureKind, number>> = {
  malformed: 400,
  unauthenticated: 401,
  forbidden: 403,
  absent: 404,
  method: 405,
  conflict: 409,
  gone: 410,
  precondition: 412,
  too_large: 413,
  too_long: 414,
  media_type: 415,
  invalid: 422,
  precondition_required: 428,
  limited: 429,
  internal: 500,
  unavailable: 503,
};

/** Members every problem document may have (RFC 9457); failures may add their own. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: string;
  readonly request_id: string;
  readonly trace_id: string;
  readonly errors?: Failure['errors'];
}

/** A refusal by the edge itself, for statuses that no domain fails with or that come with headers of their own. */
export class Refusal extends Failure {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super('malformed', code, detail);
    this.status = status;
    this.headers = headers;
  }
}

/** The caller hung up; there is nobody to answer. */
export class Disconnected extends Error {}

/** Headers and document for anything thrown. Only a `Failure` that is not our fault speaks for itself. */
export function problemOf(error: unknown, exchange: Exchange): { problem: Problem; headers: string[] } {
  const failure = publicFailure(error);
  const status = failure instanceof Refusal ? failure.status : STATUS[failure.kind];
  const problem: Problem = {
    ...failure.extra,
    type: `/problems/${failure.code}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: failure.message,
    instance: exchange.path.slice(0, 256),
    code: failure.code,
    request_id: exchange.requestId,
    trace_id: exchange.traceId,
    ...(failure.errors.length > 0 && { errors: failure.errors }),
  };
  return { problem, headers: headersOf(failure, status) };
}

function publicFailure(error: unknown): Failure {
  if (error instanceof Failure && error.kind !== 'internal') return error;
  return new Failure(
    'internal',
    'internal',
    'Something went wrong on our side; the request id helps to find out what.',
  );
}

function headersOf(failure: Failure, status: number): string[] {
  const headers = ['Content-Type', 'application/problem+json', 'Cache-Control', 'no-store'];
  if (failure instanceof Refusal) headers.push(...Object.entries(failure.headers).flat());
  const retryAfter = failure.retryAfter ?? (status === 503 ? 1 : undefined);
  if (retryAfter !== undefined) headers.push('Retry-After', String(Math.ceil(retryAfter)));
  const challenge = challengeOf(failure, status);
  if (challenge !== undefined) headers.push('WWW-Authenticate', challenge);
  return headers;
}

/** RFC 6750 3.1: who brought no credentials is told of no error, and who is not the owner of no scope. */
function challengeOf({ code, scope }: Failure, status: number): string | undefined {
  if (scope !== undefined) return `Bearer error="insufficient_scope", scope="${scope}"`;
  if (status !== 401) return undefined;
  return code === 'invalid_token' ? 'Bearer error="invalid_token"' : 'Bearer';
}
