import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Answer } from '../domains/domain.ts';

const PREFERENCE = /(?:^|,)\s*([\w-]+)\s*(?:=\s*(?:"([^",]*)"|([\w-]*)))?/g;

/** What `Prefer` (RFC 7240) says of this preference; of one that is named twice the first word counts. */
export function preference(headers: IncomingHttpHeaders, name: string): string | undefined {
  const { prefer } = headers;
  if (prefer === undefined) return undefined;
  for (const [, token, quoted, plain] of String(prefer).matchAll(PREFERENCE)) {
    if (token!.toLowerCase() === name) return (quoted ?? plain ?? '').toLowerCase();
  }
  return undefined;
}

/**
 * The answer to a write without what the caller knows already, if that is preferred: 201 without a body, or 204 in
 * place of 200. Secrets, which are shown once, are always shown, and old paths answer as they always did.
 */
export function asPreferred({ headers, method, url }: IncomingMessage, answer: Answer): Answer {
  const { status, body, etag } = answer;
  const isChange = status === 200 && etag !== undefined && (method === 'PUT' || method === 'PATCH');
  if (!(status === 201 || isChange) || body === undefined || isSecret(answer)) return answer;
  if (!url!.startsWith('/api/') || preference(headers, 'return') !== 'minimal') return answer;
  const { body: _left, ...rest } = answer;
  const applied = { ...answer.headers, 'Preference-Applied': 'return=minimal' };
  return { ...rest, status: status === 200 ? 204 : status, headers: applied };
}

const isSecret = ({ headers }: Answer) => headers?.['Cache-Control'] === 'no-store';
