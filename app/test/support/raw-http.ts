import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  /** Names in lower case; of repeated headers the last one. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A connection on which a test says exactly the bytes it wants to. */
export interface RawConnection {
  readonly socket: Socket;
  write(bytes: string | Uint8Array): void;
  /** The next whole answer; rejects when the connection ends before it is complete. */
  answer(): Promise<RawAnswer>;
  /** Resolves when the server has ended the connection. */
  ended: Promise<void>;
  /** Everything that came and was not yet taken as an answer. */
  rest(): string;
}

/** Opens a raw connection to a server on this machine. */
export async function openRaw(port: number): Promise<RawConnection> {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.setEncoding('latin1');
  socket.on('data', (text: string) => {
    received += text;
  });
  socket.on('error', () => {}); // a reset shows as an end before the answer
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await once(socket, 'connect');
  const answer = async () => {
    for (;;) {
      const parsed = parseAnswer(received, socket.closed || socket.readableEnded);
      if (parsed) {
        received = received.slice(parsed.length);
        return parsed.answer;
      }
      if (socket.closed) throw new Error(`The connection ended after: ${received.slice(0, 200)}`);
      await new Promise<void>((resolve) => {
        const go = () => {
          socket.off('data', go).off('end', go).off('close', go);
          resolve();
        };
        socket.on('data', go).on('end', go).on('close', go);
      });
    }
  };
  return { socket, write: (bytes) => void socket.write(bytes), answer, ended, rest: () => received };
}

/** Says the bytes on a connection of its own and takes one answer. */
export async function sayRaw(port: number, bytes: string | Uint8Array): Promise<RawAnswer> {
  const connection = await openRaw(port);
  connection.write(bytes);
  try {
    return await connection.answer();
  } finally {
    connection.socket.destroy();
  }
}

/** A request as text. `Host` is added, and the length of the body unless the headers say how it comes. */
export function requestText(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body = '',
): string {
  const names = Object.keys(headers).map((name) => name.toLowerCase());
  const sized = body === '' || names.includes('content-length') || names.includes('transfer-encoding');
  const all = {
    ...(names.includes('host') ? {} : { Host: 'localhost' }),
    ...headers,
    ...(sized ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }),
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}

function parseAnswer(text: string, ended: boolean): { answer: RawAnswer; length: number } | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [first = '', ...lines] = text.slice(0, end).split('\r\n');
  const status = Number(first.split(' ')[1]);
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  );
  const start = end + 4;
  if (status === 100) return { answer: { status, headers, body: '' }, length: start };
  if (headers['transfer-encoding'] === 'chunked') {
    const last = text.indexOf('0\r\n\r\n', start);
    if (last < 0) return undefined;
    return { answer: { status, headers, body: text.slice(start, last) }, length: last + 5 };
  }
  const length = headers['content-length'] === undefined ? undefined : Number(headers['content-length']);
  if (length === undefined && status !== 204 && status !== 304 && !ended) return undefined;
  const stop = start + (length ?? 0);
  return text.length < stop
    ? undefined
    : { answer: { status, headers, body: text.slice(start, stop) }, length: stop };
}
