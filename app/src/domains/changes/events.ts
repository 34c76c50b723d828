import type { Change } from '../../table/changes/change.ts';
import type { FeedPage } from '../../table/changes/feed.ts';
import type { Answer, Call } from '../domain.ts';
import { type Following, signalOf, wishOf } from './following.ts';

/** After so long without a change there is a sign of life, so that nobody on the way takes the connection for dead. */
const QUIET_MS = 10_000;
const BATCH = 200;
/** Callers of an instance that stops are sent away all at once; they shall not come back all at once. */
const COME_BACK_MS = { least: 1_000, spread: 4_000 };

/** Changes as server-sent events, behind the last event that the caller has seen, for as long as they listen. */
export async function events(following: Following, call: Call): Promise<Answer> {
  return { status: 200, events: eventsOf(following, call) };
}

async function* eventsOf(following: Following, call: Call): AsyncGenerator<string> {
  const watcher = following.watch.join(call.actor.organisation);
  try {
    const signal = signalOf(call);
    let query = { ...(await wishOf(following, call, call.lastEventId || undefined)), limit: BATCH };
    let page = await watcher.next(query, 0, signal);
    yield `retry: ${comeBackMs()}\n\n${textOf(page)}`;
    while (!signal.aborted) {
      query = { ...query, after: page.next };
      page = await watcher.next(query, QUIET_MS, signal);
      yield page.next === query.after ? ': still here\n\n' : textOf(page);
    }
  } finally {
    watcher.leave();
  }
}

/** Without changes it is a bookmark, so that quiet callers know where to go on as well. */
function textOf({ items, next }: FeedPage): string {
  return items.length > 0 ? items.map(eventOf).join('') : `event: bookmark\nid: ${next}\ndata:\n\n`;
}

const eventOf = (change: Change) =>
  `event: ${change.change}\nid: ${change.id}\ndata: ${JSON.stringify(change)}\n\n`;

const comeBackMs = () => COME_BACK_MS.least + Math.floor(Math.random() * COME_BACK_MS.spread);
