import { fail } from '../kernel/errors.ts';

/**
 * Refuses with 412 unless `If-Match` names the current validator. Comparison is strong (RFC 9110 13.1.1):
 * a weak tag never matches. Without the header every state is welcome.
 */
export function requireMatch(ifMatch: string | undefined, etag: string): void {
  if (ifMatch === undefined || ifMatch.trim() === '*') return;
  if (ifMatch.split(',').some((tag) => tag.trim() === etag)) return;
  throw fail('precondition', 'precondition_failed', `The record has changed; its current ETag is ${etag}.`, {
    extra: { etag },
  });
}

/** `If-None-Match: *` asks to create only. */
export function createOnly(ifNoneMatch: string | undefined): boolean {
  return ifNoneMatch?.trim() === '*';
}
