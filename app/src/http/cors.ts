import type { RequestHandler } from 'express';
import { exchangeOf } from './exchange.ts';
import { send } from './send.ts';

const EXPOSED =
  'ETag, Link, Location, Retry-After, RateLimit, RateLimit-Policy, X-Request-Id, traceparent, Idempotency-Replayed, Cache-Status, Preference-Applied';
const PREFLIGHT = [
  'Access-Control-Allow-Methods',
  'GET, HEAD, POST, PUT, PATCH, DELETE',
  'Access-Control-Allow-Headers',
  'Authorization, X-Api-Key, Content-Type, If-Match, If-None-Match, Idempotency-Key, X-Request-Id, traceparent, Cache-Control, X-Min-Version, Prefer, Last-Event-ID',
  'Access-Control-Max-Age',
  '600',
];

/** Lets pages of the listed origins call the API. Other origins get no such header, which browsers take as a no. */
export function cors(origins: readonly string[]): RequestHandler {
  const allowed = new Set(origins);
  return (req, res, next) => {
    const { origin } = req.headers;
    const { headers } = exchangeOf(res);
    headers.push('Vary', 'Origin');
    if (origin === undefined || !allowed.has(origin)) return next();
    headers.push('Access-Control-Allow-Origin', origin, 'Access-Control-Expose-Headers', EXPOSED);
    const isPreflight =
      req.method === 'OPTIONS' && req.headers['access-control-request-method'] !== undefined;
    if (isPreflight) send(req, res, 204, [...headers, ...PREFLIGHT]);
    else next();
  };
}
