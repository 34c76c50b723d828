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
interface Observers {
  readonly log: Log;
  readonly meter: Meter;
  readonly clock: Clock;
}

/** Answers what never becomes a request: bytes that are not HTTP, headers that do not end. */
export function answerBrokenRequests(server: Server, observers: Observers): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const answering = '_httpMessage' in socket && (socket._httpMessage as ServerResponse | null)?.headersSent;
    if (!socket.writable || answering || error.code === 'ECONNRESET') socket.destroy();
    else refuse(socket, ERRORS[error.code ?? ''] ?? UNREADABLE, observers);
  });
}

function refuse(socket: Socket, { status, code, detail }: WireError, { log, meter, clock }: Observers): void {
  const { requestId: request_id, traceId: trace_id } = traceOf({}, clock.now());
  const title = STATUS_CODES[status];
  const body = JSON.stringify({
    type: `/problems/${code}`,
    title,
    status,
    detail,
    code,
    request_id,
    trace_id,
  });
  socket.write(
    `HTTP/1.1 ${status} ${title}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `X-Request-Id: ${request_id}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n${body}`,
  );
  linger(socket);
  meter.request('OTHER', UNMATCHED, status, 0);
  log.info('request', { route: UNMATCHED, status, code, request_id, trace_id });
}
