import { Failure } from '../kernel/errors.ts';
import type { Clock, Log, Meter } from '../kernel/ports.ts';
import { type Change, timeOf } from '../table/changes/change.ts';
import type { Checkpoints } from '../table/changes/checkpoints.ts';
import type { Consumer } from '../table/changes/consumer.ts';
import type { Feed, FeedPage } from '../table/changes/feed.ts';
import { createLeaseKeeper } from './lease.ts';
import { createPauses } from './pauses.ts';

export interface FollowOptions {
  readonly consumer: Consumer;
  readonly feed: Feed;
  readonly checkpoints: Checkpoints;
  readonly organisations: () => Promise<readonly string[]>;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** A name for this instance that no other has. */
  readonly holder: string;
}

export interface Follower {
  /** Delivers what is there, if this instance is the one that works for the consumer. To be run again and again. */
  work(): Promise<void>;
  /** Lets another instance go on at once. */
  release(): Promise<void>;
}

const BATCH = 500;
/** Then it is the turn of the other organisations. */
const BATCHES_A_TURN = 20;
/** A checkpoint that stood still would expire where nothing changes for days. */
const REFRESH_MS = 3_600_000;

/**
 * Brings changes to a consumer: at least once, those of an organisation in order. The checkpoint moves after the delivery,
 * so whoever is killed in between leaves a batch that the next one delivers again.
 */
export function followChanges(options: FollowOptions): Follower {
  const { consumer, feed, checkpoints, organisations, clock, log, meter, holder } = options;
  const { name } = consumer;
  const lease = createLeaseKeeper(checkpoints, holder, clock);
  const pauses = createPauses(clock);
  const lags = new Map<string, number>();
  let isAway = false;

  async function work(): Promise<void> {
    const progress = await checkpoints.read();
    if (!(await lease.hold(progress.lease))) {
      lags.clear();
      meter.changesLag(name, 0);
      return;
    }
    for (const organisation of await organisations()) {
      if (!pauses.isOver(organisation)) continue;
      const goesOn = await follow(organisation, progress.positions.get(organisation));
      if (!goesOn) break;
    }
    meter.changesLag(name, Math.max(0, ...lags.values()));
  }

  /** One organisation's turn; false if the round has to end. */
  async function follow(organisation: string, from: string | undefined): Promise<boolean> {
    let [saved, at] = [from, from];
    for (let batch = 0; batch < BATCHES_A_TURN; batch++) {
      const page = await nextPage(organisation, at);
      if (!page || !(await isDelivered(organisation, page.items))) return false;
      const { items, next, hasMore } = page;
      if (items.length > 0 || isOld(saved)) {
        // Somebody else works, or the checkpoint was moved: the next round sees which.
        if (!(await checkpoints.advance(holder, organisation, saved, next))) return true;
        saved = next;
      }
      at = next;
      lags.set(organisation, hasMore ? ageOf(items) : 0);
      if (!hasMore) pauses.note(organisation, items.length === 0);
      if (!hasMore) return true;
      if (!(await lease.keep())) return false;
    }
    return true;
  }

  /** What comes next, which is the oldest that is left where some has expired; undefined if it cannot be told of that. */
  async function nextPage(organisation: string, after: string | undefined): Promise<FeedPage | undefined> {
    try {
      return await feed.read(organisation, { after, limit: BATCH });
    } catch (error) {
      if (!(error instanceof Failure) || error.kind !== 'gone') throw error;
    }
    log.error('changes have expired before a consumer took them', { consumer: name, organisation });
    meter.changesFailed(name, 'missed');
    const isTold = await isTaken(() => consumer.missed(organisation));
    return isTold ? feed.read(organisation, { limit: BATCH }) : undefined;
  }

  async function isDelivered(organisation: string, items: readonly Change[]): Promise<boolean> {
    if (items.length === 0) return true;
    const isDone = await isTaken(() => consumer.deliver(items));
    if (isDone) meter.changesDelivered(name, items.length);
    else lags.set(organisation, ageOf(items));
    return isDone;
  }

  /** Hands something to the consumer; what goes wrong there is logged once until it is over. */
  async function isTaken(hand: () => Promise<void>): Promise<boolean> {
    try {
      await hand();
      if (isAway) log.info('a consumer of changes is back', { consumer: name });
      isAway = false;
      return true;
    } catch (error) {
      if (!isAway) log.warn('a consumer of changes does not take them', { consumer: name, error });
      isAway = true;
      meter.changesFailed(name, 'refused');
      return false;
    }
  }

  const isOld = (position: string | undefined) =>
    position !== undefined && clock.now() - timeOf(position) > REFRESH_MS;
  const ageOf = ([first]: readonly Change[]) => (first ? (clock.now() - Date.parse(first.at)) / 1000 : 0);

  return { work, release: lease.release };
}
