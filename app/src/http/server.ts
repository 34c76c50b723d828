import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';
import type { Settings } from '../config.ts';
import type { Clock, Log, Meter } from '../kernel/ports.ts';
import type { Lifecycle } from './lifecycle.ts';
import { messagesOf } from './messages.ts';
import { answerBrokenRequests } from './wire-errors.ts';

export interface ServerParts {
  readonly settings: Settings;
  readonly lifecycle: Lifecycle;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}

export interface Served {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /** Drains, closes and resolves when the last connection is gone. Calling it again changes nothing. */
  stop(): Promise<void>;
}

/**
 * Twice what a load balancer lets through, so that what is too large still gets an answer of its own: the checks
 * behind the parser know whether it was the path, the query or the headers.
 */
const PARSER_BYTES = 128 * 1024;
const SWEEP_MS = 100;

/** Listens, and says ready. Resolves once connections are accepted; rejects when the port cannot be had. */
export async function serve(app: Express, parts: ServerParts): Promise<Served> {
  const { settings, lifecycle } = parts;
  const server = createHardenedServer(app, parts);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(settings.PORT, settings.HOST, () => {
      server.off('error', reject);
      resolve();
    });
  });
  lifecycle.ready();
  const { address, port, family } = server.address() as AddressInfo;
  const host = family === 'IPv6' ? `[${address}]` : address;
  let stopped: Promise<void> | undefined;
  return {
    host: address,
    port,
    url: `http://${host}:${port}`,
    stop: () => (stopped ??= stop(server, parts)),
  };
}

function createHardenedServer(app: Express, { settings, log, meter, clock }: ServerParts): Server {
  const server = createServer({
    ...messagesOf(app),
    maxHeaderSize: PARSER_BYTES,
    requireHostHeader: false, // ours answers with a problem document
    insecureHTTPParser: false,
    optimizeEmptyRequests: true, // what has no body goes without the events of one: a tenth of Node's own time
    keepAliveTimeout: settings.KEEP_ALIVE_MS,
    headersTimeout: settings.HEADERS_TIMEOUT_MS,
    requestTimeout: settings.UPLOAD_TIMEOUT_MS, // JSON bodies have a shorter one of their own
    connectionsCheckingInterval: Math.min(1_000, settings.HEADERS_TIMEOUT_MS),
  });
  server.timeout = 2 * settings.REQUEST_TIMEOUT_MS;
  server.maxRequestsPerSocket = 0;
  server.maxConnections = settings.MAX_CONNECTIONS;
  server.on('request', app);
  server.on('checkContinue', app); // the app says `100 Continue` itself, once it wants the body
  server.on('checkExpectation', app);
  answerBrokenRequests(server, { log, meter, clock });
  return server;
}

/**
 * The load balancer may go on sending for a while after the process was told to stop, so for that long everything
 * is served as before, except that readiness says no and connections are not kept. Then the listener closes,
 * event streams end, requests in flight finish, and what is left at the end is cut.
 */
async function stop(server: Server, { settings, lifecycle, clock, log }: ServerParts): Promise<void> {
  lifecycle.drain();
  log.info('draining', { ms: settings.DRAIN_MS });
  if (settings.DRAIN_MS > 0) await clock.sleep(settings.DRAIN_MS);
  lifecycle.close();
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const deadline = clock.now() + settings.FINISH_MS;
  let open = true;
  void closed.then(() => {
    open = false;
  });
  server.closeIdleConnections();
  await Promise.race([closed, clock.sleep(SWEEP_MS)]);
  while (open && clock.now() < deadline) {
    server.closeIdleConnections();
    await Promise.race([closed, clock.sleep(SWEEP_MS)]);
  }
  if (open) log.warn('connections cut', { ms: settings.FINISH_MS });
  server.closeAllConnections();
  await closed;
  log.info('stopped');
}
