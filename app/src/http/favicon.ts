import type { RequestHandler } from 'express';
import { SECURITY_HEADERS } from './security-headers.ts';

const HEADERS = [...SECURITY_HEADERS, 'Cache-Control', 'public, max-age=86400'];

/** Browsers ask for an icon with every page. There is none here; they are told so for a day, and nobody else is. */
export function exceptFavicon(handler: RequestHandler): RequestHandler {
  return (req, res, next) => {
    if (req.url !== '/favicon.ico') return handler(req, res, next);
    res.writeHead(204, HEADERS).end();
  };
}
