import { misused } from './failures.ts';
import { compareKeys } from './keys.ts';
import { checkKeyPart } from './rules.ts';
import { LIMITS, type Query } from './table.ts';

/** DynamoDB's limits are 32-bit integers. */
const MAX_LIMIT = 2 ** 31 - 1;

/** The part of a partition that a query still has to read. */
export interface Range {
  /** Inclusive bounds; absent means open. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Exclusive; when given it lies within the bounds. Reading starts after it (before it, in reverse). */
  readonly start?: string | undefined;
}

/** Resolves bounds and cursor of a query; `undefined` when nothing can be in range. Throws `misused`. */
export function rangeOf(query: Query): Range | undefined {
  checkQuery(query);
  const from = query.from || undefined; // every sort key is longer than an empty bound
  const { to, after } = query;
  if (to === '' || (from !== undefined && to !== undefined && compareKeys(from, to) > 0)) return undefined;
  if (after === undefined) return { from, to };
  const [first, last, direction] = query.reverse ? [to, from, -1] : [from, to, 1];
  if (after === '') return query.reverse ? undefined : { from, to };
  if (first !== undefined && compareKeys(after, first) * direction < 0) return { from, to };
  if (last !== undefined && compareKeys(after, last) * direction >= 0) return undefined;
  return { from, to, start: after };
}

function checkQuery(query: Query): void {
  checkKeyPart('pk', query.pk, LIMITS.pkBytes);
  for (const bound of [query.from, query.to, query.after]) {
    if (bound) checkKeyPart('sk', bound, LIMITS.skBytes);
  }
  if (!Number.isInteger(query.limit) || query.limit < 1 || query.limit > MAX_LIMIT) {
    throw misused(`A query's limit must be a whole number from 1 to ${MAX_LIMIT}, not ${query.limit}.`);
  }
}
