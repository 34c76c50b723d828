import type { FeedQuery } from '../../table/changes/feed.ts';
import type { Answer, Call } from '../domain.ts';
import { type Following, wishOf } from './following.ts';

const PIECE = 500;

/** All changes up to the present end, a line each. Where to go on is known beforehand, so it stands in a header. */
export async function lines(following: Following, call: Call): Promise<Answer> {
  const { organisation } = call.actor;
  const end = await following.feed.end(organisation);
  const wish = await wishOf(following, call);
  const types = call.query.types === undefined ? '' : `&types=${encodeURIComponent(call.query.types)}`;
  return {
    status: 200,
    stream: pass(following, organisation, { ...wish, limit: PIECE }, end),
    contentType: 'application/x-ndjson',
    headers: { Link: `</api/v1/changes?after=${end}${types}>; rel="next"` },
  };
}

async function* pass(
  { feed }: Following,
  organisation: string,
  query: FeedQuery,
  end: string,
): AsyncGenerator<string> {
  for (let { after } = query; ; ) {
    const { items, next, hasMore } = await feed.read(organisation, { ...query, after });
    const due = items.filter(({ id }) => id <= end);
    if (due.length > 0) yield due.map((change) => `${JSON.stringify(change)}\n`).join('');
    if (!hasMore || next >= end) return;
    after = next;
  }
}
