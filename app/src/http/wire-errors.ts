import { type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock, Log, Meter } from '../kernel/ports.ts';
import { UNMATCHED } from './exchange.ts';
import { linger } from './linger.ts';
import { traceOf } from './trace.ts';

interface WireError {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
}

const ERRORS: Readonly<Record<string, WireError>> = {
  HPE_HEADER_OVERFLOW: { status: 431, code: 'headers_too_large', detail: 'The headers are too large.' },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    status: 413,
    code: 'payload_too_large',
    detail: 'The chunk extensions are too large.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    code: 'request_timeout',
    detail: 'The request did not arrive in time.',
  },
};
const UNREADABLE: WireError = {
  status: 400,
  code: 'malformed_request',
  detail: 'This is not a valid HTTP request.',
};

interface Ids {
  readonly request_id: string;
  readonly trace_id: string;
}

interface Observers {
  readonly log: Log;
  readonly meter: Meter;
  readonly clock: Clock;
}

/** The other side is gone, so there is nobody to tell. */
const GONE: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'HPE_INVALID_EOF_STATE']);

/** Answers what never becomes a request: bytes that are not HTTP, headers that do not end. */
export function answerBrokenRequests(server: Server, { log, meter, clock }: Observers): void {
  server.on('clientError', ({ code = '' }: NodeJS.ErrnoException, socket: Socket) => {
    const response = responseOn(socket);
    // With an answer under way or owed to an earlier request, ours would be taken for that one.
    const owed = response !== undefined && (response.headersSent || response.req.complete);
    if (owed || GONE.has(code) || !socket.writable) {
      socket.destroy();
      return;
    }
    const error = ERRORS[code] ?? UNREADABLE;
    const { requestId: request_id, traceId: trace_id } = traceOf({}, clock.now());
    refuse(socket, error, { request_id, trace_id });
    if (response) return; // it was begun, so it is logged and measured where it ends
    meter.request('OTHER', UNMATCHED, error.status, 0);
    log.info('request', { route: UNMATCHED, status: error.status, code: error.code, request_id, trace_id });
  });
}

/** Node keeps it there, and has no other way to ask. */
function responseOn(socket: Socket & { _httpMessage?: ServerResponse | null }): ServerResponse | undefined {
  return socket._httpMessage ?? undefined;
}

function refuse(socket: Socket, { status, code, detail }: WireError, ids: Ids): void {
  const title = STATUS_CODES[status];
  const body = JSON.stringify({ type: `/problems/${code}`, title, status, detail, code, ...ids });
  const head = [
    `HTTP/1.1 ${status} ${title}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${ids.request_id}`,
    'Cache-Control: no-store',
    'Connection: close',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  linger(socket);
}
