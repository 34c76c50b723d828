import { Failure, fail } from '../kernel/errors.ts';

/** A condition did not hold. `failed` lists the positions of the actions whose conditions failed. */
export class ConditionFailed extends Failure {
  readonly failed: readonly number[];

  constructor(failed: readonly number[]) {
    super('conflict', 'write_conflict', 'The record was changed by somebody else meanwhile.');
    this.failed = failed;
  }
}

/** Another write held the same items, and stayed in the way through the engine's own retries. */
export function contended(cause?: unknown): Failure {
  return fail('conflict', 'write_conflict', 'Other writes to the same records are in the way; try again.', {
    cause,
    retryAfter: 1,
  });
}

/** The engine cannot take the call now: throttled, out of reach or too slow. Nothing is known to be written. */
export function unavailable(cause: unknown, retryAfter = 1): Failure {
  return fail('unavailable', 'store_unavailable', 'The store cannot answer right now.', {
    cause,
    retryAfter,
  });
}

/** Our own mistake or a set-up mistake: never the caller's. */
export function misused(detail: string, cause?: unknown): Failure {
  return fail('internal', 'store_misused', detail, { cause });
}

export function itemTooLarge(): Failure {
  return fail('invalid', 'item_too_large', 'The record is larger than 400 KB.');
}
