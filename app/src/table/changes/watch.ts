import { fail } from '../../kernel/errors.ts';
import type { Clock, Log, Meter } from '../../kernel/ports.ts';
import type { Feed } from './feed.ts';
import { createRoom, type Room, type Watcher } from './room.ts';

export interface WatchOptions {
  readonly feed: Feed;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Pick<Meter, 'changesWatched'>;
  /** How many may wait at this instance for changes of one organisation. */
  readonly most: number;
}

/** Waiting for changes in the place of asking again and again. */
export interface Watch {
  /** Throws 429 or 503 `too_many_watchers` when too many wait here already. */
  join(organisation: string): Watcher;
}

/** All organisations together may have so many times what one of them may. */
const ORGANISATIONS = 10;
/** By then a long poll is over. */
const RETRY_S = 20;

export function createWatch({ feed, clock, log, meter, most }: WatchOptions): Watch {
  const rooms = new Map<string, Room>();
  let all = 0;

  function roomOf(organisation: string): Room {
    const emptied = () => rooms.delete(organisation);
    const room = rooms.get(organisation) ?? createRoom({ organisation, feed, clock, log, emptied });
    rooms.set(organisation, room);
    return room;
  }

  function count(change: 1 | -1): void {
    all += change;
    meter.changesWatched(all);
  }

  return {
    join(organisation) {
      if (all >= most * ORGANISATIONS) throw tooMany('unavailable', 'at this instance');
      const room = roomOf(organisation);
      if (room.size() >= most) throw tooMany('limited', `of this organisation at this instance: ${most}`);
      const watcher = room.enter();
      count(1);
      return {
        next: watcher.next,
        leave() {
          watcher.leave();
          count(-1);
        },
      };
    },
  };
}

function tooMany(kind: 'limited' | 'unavailable', where: string) {
  const detail = `As many as may are watching changes ${where}.`;
  return fail(kind, 'too_many_watchers', detail, { retryAfter: RETRY_S });
}
