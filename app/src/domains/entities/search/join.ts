import type { EntityRecord } from '../model.ts';
import type { CountedTable } from './budget.ts';
import { FIRST_ID, type IdStream, nextInAll, successor } from './streams.ts';

/** What a plan found for one page. `resume` tells where the next page starts; absent at the end. */
export interface Hits<P> {
  readonly records: readonly EntityRecord[];
  readonly resume?: P;
  /** The read budget ended the page. */
  readonly partial: boolean;
}

/** Reads entities by uuid and answers those that meet the search, in order. */
export type Fetch = (uuids: readonly string[]) => Promise<EntityRecord[]>;

/** Fills a page from a join: collects as many candidates as the page still needs, then looks at them. */
export async function fillFromJoin(
  budget: CountedTable,
  streams: readonly IdStream[],
  fetch: Fetch,
  from: string | undefined,
  limit: number,
): Promise<Hits<string>> {
  const records: EntityRecord[] = [];
  const start = from ?? FIRST_ID;
  let at = start;
  await Promise.all(streams.map((stream) => stream.seek(at))); // the first batches come side by side
  for (;;) {
    const { uuids, next, spent } = await candidates(streams, at, limit + 1 - records.length, budget, start);
    records.push(...(await fetch(uuids)));
    if (records.length > limit) {
      const page = records.slice(0, limit);
      return { records: page, resume: successor(page.at(-1)!.uuid), partial: false };
    }
    if (next === undefined) return { records, partial: false };
    if (spent || budget.spent) return { records, resume: next, partial: true };
    at = next;
  }
}

async function candidates(
  streams: readonly IdStream[],
  from: string,
  count: number,
  budget: CountedTable,
  start: string,
) {
  const uuids: string[] = [];
  let at = from;
  while (uuids.length < count) {
    const joined = await nextInAll(streams, at, budget, start);
    if ('ended' in joined) return { uuids, next: undefined, spent: false };
    if ('spentAt' in joined) return { uuids, next: joined.spentAt, spent: true };
    uuids.push(joined.found);
    at = successor(joined.found);
  }
  return { uuids, next: at, spent: false };
}

/** Every uuid in all streams, or undefined if there are more than `most` or the budget ends. */
export async function collectAll(
  budget: CountedTable,
  streams: readonly IdStream[],
  most: number,
): Promise<string[] | undefined> {
  await Promise.all(streams.map((stream) => stream.seek(FIRST_ID)));
  const { uuids, next } = await candidates(streams, FIRST_ID, most + 1, budget, FIRST_ID);
  return next === undefined ? uuids : undefined;
}
