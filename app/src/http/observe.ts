import type { Request, RequestHandler, Response } from 'express';
import type { Settings } from '../config.ts';
import type { Clock, Log, Meter } from '../kernel/ports.ts';
import { clientOf } from './client-address.ts';
import { beginExchange, type Exchange, exchangeOf, UNMATCHED } from './exchange.ts';
import type { Lifecycle } from './lifecycle.ts';
import { SECURITY_HEADERS } from './security-headers.ts';
import { type Trace, traceOf } from './trace.ts';

const COMMON_METHODS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
]);

export interface Observers {
  readonly log: Log;
  readonly meter: Meter;
  readonly clock: Clock;
  readonly lifecycle: Lifecycle;
  readonly settings: Pick<Settings, 'TRUST_PROXY'>;
}

/** Begins the exchange of each request and, when its connection is done with it, logs and measures it once. */
export function observe(observers: Observers): RequestHandler {
  const { clock, lifecycle } = observers;
  const isLast = () => lifecycle.phase() === 'draining';
  function onClose(this: Response): void {
    conclude(this.req, this, observers);
  }
  return (req, res, next) => {
    beginExchange(res, openExchange(req, traceOf(req.headers, clock.now()), isLast));
    res.on('close', onClose); // one listener for all of them, and nothing to be made for each
    next();
  };
}

function openExchange(req: Request, trace: Trace, isLast: () => boolean): Exchange {
  const { path, query } = targetOf(req.url);
  return {
    requestId: trace.requestId,
    traceId: trace.traceId,
    traceparent: trace.traceparent,
    startedAt: performance.now(),
    method: req.method,
    path,
    query,
    headers: [...SECURITY_HEADERS, 'X-Request-Id', trace.requestId, 'traceparent', trace.traceparent],
    route: UNMATCHED,
    actor: undefined,
    isLast,
    bytes: 0,
    code: undefined,
    broken: false,
  };
}

/** Path and query; a client that believes we are a proxy sends the whole address, which is as good. */
function targetOf(url: string): { path: string; query: string } {
  const target = url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?]*/i, '');
  const mark = target.indexOf('?');
  return mark < 0
    ? { path: target, query: '' }
    : { path: target.slice(0, mark), query: target.slice(mark + 1) };
}

/** 499 means that the caller hung up first, as reverse proxies log it; an answer broken by us counts as 500. */
function conclude(req: Request, res: Response, { log, meter, settings }: Observers): void {
  const exchange = exchangeOf(res);
  const ms = performance.now() - exchange.startedAt;
  const status = res.writableFinished ? res.statusCode : exchange.broken ? 500 : 499;
  const method = COMMON_METHODS.has(req.method) ? req.method : 'OTHER';
  meter.request(method, exchange.route, status, (exchange.servedMs ?? ms) / 1000);
  log.info('request', {
    method: req.method,
    route: exchange.route,
    path: exchange.path,
    status,
    ms: Math.round(ms * 100) / 100,
    bytes: exchange.bytes,
    code: exchange.code,
    request_id: exchange.requestId,
    trace_id: exchange.traceId,
    actor: exchange.actor?.id,
    organisation: exchange.actor?.organisation,
    client: clientOf(req, settings.TRUST_PROXY),
  });
}
