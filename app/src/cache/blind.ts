import type { Action } from '../table/table.ts';
import { type BlindRecord, deleteBlind, putBlind } from './records.ts';
import { LEASE_MS } from './trust.ts';

export interface BlindOptions {
  /** Names this instance among all that there ever are. */
  readonly id: string;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Milliseconds of a clock that never jumps. */
  readonly ticks: () => number;
}

/** What a beat found, by `ticks`. */
export interface Beat {
  readonly began: number;
  readonly records: readonly BlindRecord[];
  /** Whether no instance has ever been here before. */
  readonly isFirstOfAll: boolean;
  /** Whether this instance cannot ask the cells. */
  readonly isBlind: boolean;
}

/**
 * An instance that cannot ask the cells whether what it remembers is current would have to read it for every request. So
 * it says in a record that it goes by what it remembers, for a lease, and whoever changes such a thing waits as long before the
 * change is acknowledged. Both sides go by their beats: the blind one remembers only what it read after everybody had
 * to know of it, and a writer waits until nobody can go by a record that is no more.
 */
export interface Blindness {
  /** Takes notice of a beat that has just ended; answers what to write. */
  noted(beat: Beat): Action[];
  /** Whether what was read from then on may be gone by now. */
  remembers(began: number): boolean;
  /** Whether some instance may go by what it remembers. */
  isSomebodyBlind(): boolean;
}

/** How often a blind instance says so, and how long after its last sight of the cells it still does. */
const RENEW_MS = 20_000;
const LINGER_MS = 10_000;
/** A record that nobody renews was left by an instance that is no more. */
const ABANDONED_MS = 60_000;
const NEVER = Number.NEGATIVE_INFINITY;

export function createBlindness({ id, now, ticks }: BlindOptions): Blindness {
  let beatAt = NEVER;
  let wasBlind = false;
  let blindAt = NEVER;
  /** Since when every beat has listed this instance; undefined while it is not listed. */
  let listedSince: number | undefined;
  /** When some instance may have been blind for the last time. */
  let somebodyAt = NEVER;
  let wasSomebody = false;

  const isRecent = () => ticks() - beatAt < LEASE_MS;

  function renewal({ isBlind }: Beat, mine: BlindRecord | undefined): Action[] {
    if (isBlind) blindAt = ticks();
    if (mine) {
      if (ticks() - blindAt >= LINGER_MS) {
        listedSince = undefined; // from here on nothing is remembered, so the record may go
        return [deleteBlind(id)];
      }
      return Math.abs(now() - mine.at) >= RENEW_MS ? [putBlind({ id, at: now() })] : [];
    }
    // A hiccup is not worth a record.
    return isBlind && wasBlind ? [putBlind({ id, at: now() })] : [];
  }

  return {
    noted(beat) {
      const { began, records } = beat;
      const mine = records.find((record) => record.id === id);
      const isSomebody = records.length > 0;
      const isGap = began - beatAt >= LEASE_MS && !beat.isFirstOfAll;
      if (isSomebody || wasSomebody || isGap) somebodyAt = ticks();
      listedSince = mine ? (listedSince ?? ticks()) : undefined;
      const actions = renewal(beat, mine);
      wasSomebody = isSomebody;
      wasBlind = beat.isBlind;
      beatAt = began;
      const abandoned = records.filter((one) => one !== mine && now() - one.at >= ABANDONED_MS);
      return [...actions, ...abandoned.map((one) => deleteBlind(one.id))];
    },
    remembers: (began) =>
      listedSince !== undefined &&
      isRecent() &&
      began - listedSince >= LEASE_MS &&
      ticks() - began < LEASE_MS,
    isSomebodyBlind: () => !isRecent() || ticks() - somebodyAt < LEASE_MS,
  };
}
