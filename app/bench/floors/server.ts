import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express } from 'express';

/** Express with nothing switched on but the parser that a POST needs. */
export function bareApp(): Express {
  const app = express();
  app.disable('x-powered-by');
  const parser = express.json();
  app.use((req, res, next) => (req.method === 'POST' ? parser(req, res, next) : next()));
  return app;
}

/** Past `res.send`, which would hash the body for an ETag. */
export function sendJson(res: ServerResponse, body: string): void {
  res.setHeader('Content-Type', 'application/json');
  res.setHeader('Content-Length', Buffer.byteLength(body));
  res.end(body);
}

/** The answers of the service that this floor has to give as well. */
export function bodies(): { uuid: string; body: string }[] {
  const { FLOOR_BODIES } = process.env;
  return FLOOR_BODIES === undefined ? [] : JSON.parse(readFileSync(FLOOR_BODIES, 'utf8'));
}

export function listen(app: Express): void {
  const server = app.listen(0, '127.0.0.1', () => {
    process.stderr.write(`the floor listens on http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
  });
  process.once('SIGTERM', () => process.exit(0));
}
