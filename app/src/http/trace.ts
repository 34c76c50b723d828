import type { IncomingHttpHeaders } from 'node:http';
import { newUuid } from '../kernel/ids.ts';

const SANE_REQUEST_ID = /^[\w.:/+=@-]{1,128}$/;
const TRACEPARENT = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;
const ZEROS = /^0+$/;

/** How one request is told apart in logs and traces, here and at the caller's. */
export interface Trace {
  readonly requestId: string;
  readonly traceId: string;
  /** W3C `traceparent` naming this request as the parent of whatever follows. */
  readonly traceparent: string;
}

/**
 * Continues the trace of the caller (W3C Trace Context) or starts one. One UUIDv7 feeds all ids that have to
 * be made: the request id is the UUID, a new trace id its digits, the span id its random tail.
 */
export function traceOf(headers: IncomingHttpHeaders, nowMs: number): Trace {
  const uuid = newUuid(nowMs);
  const given = headers['x-request-id'];
  const requestId = typeof given === 'string' && SANE_REQUEST_ID.test(given) ? given : uuid;
  const span = uuid.slice(19, 23) + uuid.slice(24);
  const parent = headers.traceparent === undefined ? undefined : parsed(headers.traceparent);
  // Put together from pieces, which takes a third of the time of taking the hyphens out.
  const traceId = parent?.traceId ?? uuid.slice(0, 8) + uuid.slice(9, 13) + uuid.slice(14, 18) + span;
  return { requestId, traceId, traceparent: `00-${traceId}-${span}-${parent?.flags ?? '00'}` };
}

function parsed(header: string | string[]): { traceId: string; flags: string } | undefined {
  const [, version, traceId, parentId, flags, rest] = TRACEPARENT.exec(String(header)) ?? [];
  if (!traceId || !parentId || !flags || version === 'ff') return undefined;
  if (version === '00' && rest !== undefined) return undefined;
  if (ZEROS.test(traceId) || ZEROS.test(parentId)) return undefined;
  return { traceId, flags };
}
