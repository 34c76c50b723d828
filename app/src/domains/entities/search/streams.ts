import { escapePart } from '../../../table/keys.ts';
import { type Budget, type CountedTable, uuidOf } from './budget.ts';

/** Uuids in ascending order, entered anywhere. */
export interface IdStream {
  /** What the stream reads, as `explain` names it. */
  readonly name: string;
  /** The first uuid at or after `id`; undefined at the end. Calls never go back. */
  seek(id: string): Promise<string | undefined>;
}

const LARGEST_BATCH = 400;
/** One entry in so many was asked for. */
const WELL_USED = 6;

/**
 * The entities behind one value of an index: a range of sort keys that all begin with `from` and end with a uuid.
 * Reads small batches, larger ones while it is read from front to back, and jumps over what is not asked for.
 */
export function pointerStream(
  table: CountedTable,
  name: string,
  range: { readonly pk: string; readonly from: string; readonly to: string },
): IdStream {
  let batch: string[] = [];
  let position = 0;
  let size = table.limits.batch;
  let served = 0;
  let ended = false;

  /** A batch that was much used is followed by a larger one; one that was jumped over, by a small one. */
  async function load(id: string): Promise<void> {
    size =
      served * WELL_USED >= batch.length && served > 0
        ? Math.min(size * 2, LARGEST_BATCH)
        : table.limits.batch;
    served = 0;
    const from = range.from + escapePart(id);
    const page = await table.query({ pk: range.pk, from, to: range.to, limit: size });
    batch = page.items.map(uuidOf);
    position = 0;
    ended = page.next === undefined;
  }

  return {
    name,
    async seek(id) {
      for (;;) {
        while (position < batch.length && batch[position]! < id) position++;
        if (position < batch.length) {
          served += 1;
          return batch[position];
        }
        if (ended) return undefined;
        await load(id);
      }
    },
  };
}

/** Sorts before every uuid, and is no empty key. */
export const FIRST_ID = '0';

/** The smallest text that sorts after a uuid: where a stream goes on. */
export const successor = (uuid: string) => `${uuid}!`;

/** A known set of uuids, sorted. */
export function listStream(name: string, sorted: readonly string[]): IdStream {
  let position = 0;
  return {
    name,
    async seek(id) {
      while (position < sorted.length && sorted[position]! < id) position++;
      return sorted[position];
    },
  };
}

/** The union of several streams. */
export function unionStream(name: string, streams: readonly IdStream[]): IdStream {
  return {
    name,
    async seek(id) {
      const heads = await Promise.all(streams.map((stream) => stream.seek(id)));
      return heads.reduce(
        (least, head) => (head !== undefined && (least === undefined || head < least) ? head : least),
        undefined,
      );
    },
  };
}

/** Where a join stands: at a uuid that is in all streams, at the end, or out of budget before `at`. */
export type Joined = { readonly found: string } | { readonly ended: true } | { readonly spentAt: string };

/**
 * Zig-zag merge join: every stream is asked for the first uuid at or after the largest head seen so far, until
 * all agree. Each answer lets the others jump, so the cost follows the rarest condition. A spent budget stops it
 * only once it is past `start`, where the page began: every page makes some way.
 */
export async function nextInAll(
  streams: readonly IdStream[],
  from: string,
  budget: Budget,
  start: string,
): Promise<Joined> {
  let target = from;
  let agreed = 0;
  for (let i = 0; agreed < streams.length; i = (i + 1) % streams.length) {
    if (budget.spent && target > start) return { spentAt: target };
    const head = await streams[i]!.seek(target);
    if (head === undefined) return { ended: true };
    agreed = head === target ? agreed + 1 : 1;
    target = head;
  }
  return { found: target };
}
