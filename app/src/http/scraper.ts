import { createHash, timingSafeEqual } from 'node:crypto';
import { type Actor, ANONYMOUS, DEFAULT_ORGANISATION } from '../kernel/actor.ts';
import type { Authenticate } from './operation.ts';

/** Whoever brings the token of the metrics. It opens the metrics, and makes nobody of its bearer elsewhere. */
export const SCRAPER: Actor = Object.freeze({
  id: ANONYMOUS,
  organisation: DEFAULT_ORGANISATION,
  role: 'none',
});

const digest = (text: string) => createHash('sha256').update(text).digest();

/** Recognises the token of the metrics before anybody takes it for another kind. */
export function withScraper(authenticate: Authenticate, token: string | undefined): Authenticate {
  if (token === undefined) return authenticate;
  const wanted = digest(`Bearer ${token}`);
  return (headers) => {
    const { authorization } = headers;
    const isScraper = authorization !== undefined && timingSafeEqual(digest(authorization), wanted);
    return isScraper ? SCRAPER : authenticate(headers);
  };
}
