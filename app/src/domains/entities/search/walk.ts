import type { EntityRecord } from '../model.ts';
import { type CountedTable, uuidOf } from './budget.ts';
import type { Hits } from './join.ts';
import type { Position, Segment } from './plan.ts';

const LARGEST_BATCH = 200;

/** Reads entities by uuid; undefined for those that do not meet the search. */
export type FetchEach = (uuids: readonly string[]) => Promise<(EntityRecord | undefined)[]>;

/** Fills a page by walking segments in order; batches grow while few of the entries meet the search. */
export async function fillFromWalk(
  budget: CountedTable,
  segments: readonly Segment[],
  fetch: FetchEach,
  from: Position | undefined,
  limit: number,
): Promise<Hits<Position>> {
  const found: { record: EntityRecord; position: Position }[] = [];
  let index = from?.[0] ?? 0;
  let after = from?.[1] || undefined; // an empty key stands for the start of the segment
  let size = Math.max(budget.limits.batch, limit + 1);
  for (let segment = segments[index]; segment; segment = segments[index]) {
    const { pk, from: low, to: high, reverse } = segment;
    const page = await budget.query({ pk, from: low, to: high, reverse, after, limit: size });
    const records = await fetch(page.items.map(uuidOf));
    for (const [i, item] of page.items.entries()) {
      const record = records[i];
      if (record && (segment.accept?.(record, item.sk) ?? true))
        found.push({ record, position: [index, item.sk] });
    }
    if (found.length > limit) {
      const kept = found.slice(0, limit);
      return { records: kept.map((one) => one.record), resume: kept.at(-1)!.position, partial: false };
    }
    size = Math.min(size * 2, LARGEST_BATCH);
    after = page.next;
    if (after === undefined) index += 1;
    if (budget.spent && segments[index]) {
      return { records: found.map((one) => one.record), resume: [index, after ?? ''], partial: true };
    }
  }
  return { records: found.map((one) => one.record), partial: false };
}
