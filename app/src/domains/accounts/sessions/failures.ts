import { type Failure, fail } from '../../../kernel/errors.ts';
import type { Clock } from '../../../kernel/ports.ts';
import type { Step } from '../../../table/steps.ts';
import type { Item, Table } from '../../../table/table.ts';
import { failuresKey } from '../keys.ts';

/** Wrong passwords in a row for one address, whether or not anybody has it. */
export interface Failures {
  readonly email: string;
  readonly count: number;
  /** Unix milliseconds until which nobody may try. */
  readonly lockedUntil: number;
}

const FREE_ATTEMPTS = 5;
const FIRST_LOCK_MS = 30_000;
const LONGEST_LOCK_MS = 3_600_000;
/** After so long without a failure they are forgotten. */
const KEPT_MS = 24 * 3_600_000;

/** Reads the failures of an address. Throws 429 while it is locked, to everybody in the same words. */
export async function failuresOf(table: Table, clock: Clock, email: string): Promise<Failures> {
  const item = await table.get(failuresKey(email));
  const failures = {
    email,
    count: Number(item?.count ?? 0),
    lockedUntil: Number(item?.locked_until ?? 0),
  };
  if (failures.lockedUntil > clock.now()) throw locked(failures.lockedUntil - clock.now());
  return failures;
}

/**
 * The step that counts one more failure, and how many there are then. It holds only while the count is the one that
 * was read: of many guesses at the same time each counts, and none learns more than its turn allows.
 */
export function failureStep(clock: Clock, { email, count }: Failures): { step: Step; isLock: boolean } {
  const next = count + 1;
  const isLock = next >= FREE_ATTEMPTS;
  const lock = Math.min(LONGEST_LOCK_MS, FIRST_LOCK_MS * 2 ** (next - FREE_ATTEMPTS));
  const item: Item = {
    ...failuresKey(email),
    kind: 'login-failures',
    schema: 1,
    count: next,
    locked_until: isLock ? clock.now() + lock : 0,
    expires_at: Math.ceil((clock.now() + KEPT_MS) / 1000),
  };
  const condition = count === 0 ? { exists: false } : { equals: { count } };
  return { step: { action: { type: 'put', item, condition } }, isLock };
}

/** The step that forgets the failures after a success, which holds only if none has come since. */
export function successStep({ email, count }: Failures): Step {
  const key = failuresKey(email);
  if (count === 0) return { action: { type: 'check', key, condition: { exists: false } } };
  return { action: { type: 'delete', key, condition: { equals: { count } } } };
}

function locked(ms: number): Failure {
  const detail = 'Too many wrong passwords for this e-mail address; try again later.';
  return fail('limited', 'locked', detail, { retryAfter: Math.ceil(ms / 1000) });
}
