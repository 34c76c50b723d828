import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Somebody else who signs tokens, with a real server for the keys. */
export interface OtherIssuer {
  readonly url: string;
  readonly requests: () => number;
  /** What the server answers from now on. */
  serve(status: number, body: unknown): void;
  stop(): Promise<void>;
}

export async function startIssuer(): Promise<OtherIssuer> {
  let [status, body]: [number, unknown] = [200, { keys: [] }];
  let requests = 0;
  const server: Server = createServer((_req, res) => {
    requests++;
    const headers = { 'Content-Type': 'application/json', Location: 'http://127.0.0.1:1/' };
    res.writeHead(status, headers).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`,
    requests: () => requests,
    serve(newStatus, newBody) {
      [status, body] = [newStatus, newBody];
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
