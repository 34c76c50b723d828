import { type Failure, fail } from '../kernel/errors.ts';

/** Files cannot be written or read now: the disk is full, or the bucket is out of reach. */
export function filesUnavailable(cause: unknown): Failure {
  return fail('unavailable', 'files_unavailable', 'Files cannot be stored or read right now.', {
    cause,
    retryAfter: 5,
  });
}
