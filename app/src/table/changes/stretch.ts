import type { Change } from './change.ts';
import type { FeedPage, FeedQuery } from './feed.ts';

/** A piece of a log of which everything is known, so that many who follow it read it once. */
export interface Stretch {
  /** The place behind which it begins, and the one up to which it goes. */
  readonly from: string;
  readonly to: string;
  readonly items: readonly Change[];
}

/** Changes kept. Who is further behind reads for itself. */
const KEPT = 1_000;

export const emptyStretch = (at: string): Stretch => ({ from: at, to: at, items: [] });

/** The stretch with the page that was read from its end; what is oldest is let go. */
export function extended({ from, items: before }: Stretch, { items: more, next: to }: FeedPage): Stretch {
  const items = more.length > 0 ? [...before, ...more] : before;
  const last = items[items.length - KEPT - 1];
  return last ? { from: last.id, to, items: items.slice(-KEPT) } : { from, to, items };
}

/** What a read of the log would answer, if the stretch tells. */
export function pageIn(stretch: Stretch, { after, types, limit }: FeedQuery): FeedPage | undefined {
  const { from, to, items: all } = stretch;
  if (after === undefined || after < from || after > to) return undefined;
  const found = all.filter(({ id, type }) => id > after && (!types || types.includes(type)));
  const items = found.slice(0, limit);
  const hasMore = found.length > limit;
  return { items, next: hasMore ? items[limit - 1]!.id : to, hasMore };
}
