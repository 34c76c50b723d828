import { Failure } from '../../kernel/errors.ts';
import type { Clock, Log } from '../../kernel/ports.ts';
import { createBell } from './bell.ts';
import { positionOf } from './change.ts';
import type { Feed, FeedPage, FeedQuery } from './feed.ts';
import { emptyStretch, extended, pageIn, type Stretch } from './stretch.ts';

/** Somebody who waits for changes of an organisation. */
export interface Watcher {
  /**
   * What comes behind a place, as soon as there is something. After `ms`, or when the signal is given, a page without
   * changes, which says up to where none came. Fails as a read of the feed does.
   */
  next(query: FeedQuery, ms: number, signal: AbortSignal): Promise<FeedPage>;
  /** To be called once, whatever happens. */
  leave(): void;
}

/** Those on this instance who wait for changes of one organisation. */
export interface Room {
  enter(): Watcher;
  size(): number;
}

export interface RoomOptions {
  readonly organisation: string;
  readonly feed: Feed;
  readonly clock: Clock;
  readonly log: Log;
  /** Told when nobody is left, and nothing is done any more. */
  readonly emptied: () => void;
}

const LOOK_EVERY_MS = 1_000;
const LOOK = 500;

/**
 * While somebody is there, one look a second at the end of the log serves all of them, and the same beat tells who has
 * waited long enough. What a look finds is pushed at nobody: each takes it when ready, and who is far behind reads the
 * log. So nothing piles up for those who are slow.
 */
export function createRoom({ organisation, feed, clock, log, emptied }: RoomOptions): Room {
  const bell = createBell();
  let stretch: Stretch | undefined;
  let guests = 0;
  let isOpen = false;
  let isLooking = false;
  let isIll = false;

  async function keepLooking(): Promise<void> {
    isOpen = true;
    while (guests > 0) {
      await clock.sleep(LOOK_EVERY_MS);
      void look(); // a store that hangs delays no sign of life
      bell.release(clock.now());
    }
    isOpen = false;
    emptied();
  }

  async function look(): Promise<void> {
    if (isLooking) return;
    isLooking = true;
    try {
      while (guests > 0 && stretch && (await lookBehind(stretch)));
      isIll = false;
    } catch (error) {
      failed(error);
    } finally {
      isLooking = false;
    }
  }

  /** Whether more is there already. */
  async function lookBehind(known: Stretch): Promise<boolean> {
    const page = await feed.read(organisation, { after: known.to, limit: LOOK });
    stretch = extended(known, page);
    if (page.items.length > 0) bell.ring();
    return page.hasMore;
  }

  /** Those who wait are not disturbed while the store is ill. */
  function failed(error: unknown): void {
    if (error instanceof Failure && error.kind === 'gone') {
      stretch = undefined;
      bell.ring(); // each finds out that they have to begin anew
      return;
    }
    if (!isIll) log.warn('the change log cannot be watched', { organisation, error });
    isIll = true;
  }

  async function next(query: FeedQuery, ms: number, signal: AbortSignal): Promise<FeedPage> {
    if (query.after !== undefined) positionOf(query.after);
    const until = clock.now() + ms;
    for (let after = query.after; ; ) {
      const page = known({ ...query, after }) ?? (await read({ ...query, after }));
      const isOver = signal.aborted || clock.now() >= until;
      if (page.items.length > 0 || page.hasMore || isOver) return page;
      after = page.next;
      if (stretch && after < stretch.to) continue; // a look was faster
      if (!(await bell.heard(until, signal))) return known({ ...query, after }) ?? page;
    }
  }

  /** What is known without a look at the log; beyond the last look that is nothing. */
  function known(query: FeedQuery): FeedPage | undefined {
    const { after } = query;
    if (!stretch || after === undefined) return undefined;
    return after > stretch.to ? { items: [], next: after, hasMore: false } : pageIn(stretch, query);
  }

  async function read(query: FeedQuery): Promise<FeedPage> {
    const page = await feed.read(organisation, query);
    if (!page.hasMore) stretch ??= emptyStretch(page.next);
    return page;
  }

  function enter(): Watcher {
    guests += 1;
    if (!isOpen) void keepLooking();
    return {
      next,
      leave() {
        guests -= 1;
      },
    };
  }

  return { enter, size: () => guests };
}
