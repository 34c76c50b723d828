import { Agent, type IncomingHttpHeaders, request } from 'node:http';

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Request {
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** No answer came. `sent` is false if it is certain that the service never got the request. */
export class NoReply extends Error {
  readonly sent: boolean;

  constructor(cause: Error, sent: boolean) {
    super(cause.message, { cause });
    this.sent = sent;
  }
}

export interface Http {
  call(request: Request): Promise<Reply>;
  close(): void;
}

/** A plain HTTP client that keeps its connections: a library that does more would cost more than the service. */
export function createHttp(patienceMs: number): Http {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 64 });

  function call({ port, method, path, headers = {}, body }: Request): Promise<Reply> {
    const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const all = payload
      ? { 'content-type': 'application/json', ...headers, 'content-length': payload.length }
      : { ...headers };
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => sent.destroy(new Error('timeout')), patienceMs);
      const failed = (error: Error) => {
        clearTimeout(late);
        reject(new NoReply(error, (error as NodeJS.ErrnoException).code !== 'ECONNREFUSED'));
      };
      const sent = request({ agent, host: '127.0.0.1', port, method, path, headers: all }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => (text += part));
        response.once('error', failed);
        response.once('end', () => {
          clearTimeout(late);
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
        });
      });
      sent.once('error', failed);
      sent.end(payload);
    });
  }
  return { call, close: () => agent.destroy() };
}
