import { fail } from '../../kernel/errors.ts';
import type { Feed, FeedQuery } from '../../table/changes/feed.ts';
import type { Watch } from '../../table/changes/watch.ts';
import type { Call } from '../domain.ts';
import { splitCommas } from '../shapes.ts';

/** Both ways to read the change log: what is there, and what comes. */
export interface Following {
  readonly feed: Feed;
  readonly watch: Watch;
}

/** In place of a cursor: the present end of the log. */
export const NOW = 'now';

/** What a caller asks for, behind a place; the oldest changes without. */
export async function wishOf(
  { feed }: Following,
  { actor, query }: Call,
  place: string | undefined = query.after,
): Promise<FeedQuery> {
  const after = place === NOW ? await feed.end(actor.organisation) : place;
  return { after, types: splitCommas(query.types), limit: query.limit };
}

/** Calls from inside of the service have nobody who could leave. */
export const signalOf = ({ wait }: Call): AbortSignal => wait?.() ?? new AbortController().signal;

export function requireOn({ feed, watch }: Partial<Following>): Following {
  if (feed && watch) return { feed, watch };
  throw fail('absent', 'change_log_off', 'This service records no changes; CHANGE_LOG=on makes it do so.');
}
