import type { FeedPage } from '../../table/changes/feed.ts';
import type { Answer, Call } from '../domain.ts';
import { type Following, NOW, signalOf, wishOf } from './following.ts';

/** A page of the feed; where there is nothing yet and the caller wants to wait, once there is something. */
export async function page(following: Following, call: Call): Promise<Answer> {
  const { items, next, hasMore } = await (call.query.wait > 0
    ? waited(following, call)
    : read(following, call));
  return { status: 200, body: { items, next_cursor: next, has_more: hasMore } };
}

async function read(following: Following, call: Call): Promise<FeedPage> {
  const { organisation } = call.actor;
  const wish = await wishOf(following, call);
  if (call.query.after === NOW) return { items: [], next: wish.after!, hasMore: false };
  return following.feed.read(organisation, wish);
}

async function waited(following: Following, call: Call): Promise<FeedPage> {
  const watcher = following.watch.join(call.actor.organisation);
  try {
    return await watcher.next(await wishOf(following, call), call.query.wait * 1_000, signalOf(call));
  } finally {
    watcher.leave();
  }
}
