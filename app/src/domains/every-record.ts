import type { Actor } from '../kernel/actor.ts';
import type { Condition, FlatRecord } from './record-kind.ts';
import type { Records } from './record-service.ts';

const PAGE = 1000;

/** All records that meet the conditions, for clients of the time when there was no paging. */
export async function everyRecord(
  records: Records,
  actor: Actor,
  conditions: readonly Condition[],
): Promise<FlatRecord[]> {
  const found: FlatRecord[] = [];
  for (let cursor: string | undefined; ; ) {
    const listing = { limit: PAGE, ...(cursor !== undefined && { cursor }) };
    const { items, next } = await records.list(actor, conditions, listing);
    found.push(...items);
    if (next === null) return found;
    cursor = next;
  }
}
