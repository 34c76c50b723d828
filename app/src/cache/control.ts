import { newUuid } from '../kernel/ids.ts';
import type { Clock, Log, Meter } from '../kernel/ports.ts';
import { ConditionFailed } from '../table/failures.ts';
import { type Action, LIMITS, type Table, WRITE_MS } from '../table/table.ts';
import { createBlindness } from './blind.ts';
import type { Cells } from './cells.ts';
import {
  type BlindRecord,
  blindOf,
  COHERENCE,
  type Control,
  controlOf,
  type DirtyRecord,
  deleteDirty,
  dirtyOf,
  isBlind,
  isControl,
  LAST_BUT_RECORDS,
  putControl,
  putDirty,
} from './records.ts';
import { LEASE_MS, type Trust, UNVERIFIED_MS } from './trust.ts';

export interface ControlOptions {
  readonly table: Table;
  readonly cells: Cells;
  readonly clock: Clock;
  /** Milliseconds of a clock that never jumps. */
  readonly ticks: () => number;
  readonly log: Log;
  readonly meter: Meter;
  /** Whether the cells answer so badly that they are not asked. */
  readonly isIll?: () => boolean;
  /** A name for this instance that no other has. */
  readonly id?: string;
}

/** This instance's view of the shared state, and its part in keeping it. */
export interface Coherence {
  readonly trust: Trust;
  /** The action that tells every instance of scopes that changed without a fence. */
  dirty(scopes: readonly string[]): Action;
  /** Reads the shared state, empties what it says, and moves it on where that is due. */
  beat(): Promise<void>;
}

/** So many records are cheaper to answer by a new epoch. */
const MANY_RECORDS = 500;
/**
 * A record is needed until its scopes are empty: who reads the cache has seen it within a lease, or reads what somebody
 * else has emptied. The rest is for clocks that differ, and for whoever looks into the table.
 */
const RECORD_MS = 5_000;
const PAGE = 1000;
/** How often the records are read while nothing can be asked of the cells: only to know when there are too many. */
const BLIND_RECORDS_MS = 1_000;
/** By then every write has landed that began while nobody had to record. */
const RESUME_MS = LEASE_MS + WRITE_MS;

/** All that lies in the partition. */
interface Shared {
  readonly stored: Control | undefined;
  readonly records: DirtyRecord[];
  readonly blind: BlindRecord[];
}

/** The view of before the first beat: nothing is known, so nothing may be used. */
const LONG_AGO = Number.NEGATIVE_INFINITY;

export function createCoherence(options: ControlOptions): Coherence {
  const { table, cells, clock, ticks, log, meter, isIll = () => false } = options;
  const blindness = createBlindness({ id: options.id ?? newUuid(clock.now()), now: clock.now, ticks });
  let control: Control | undefined;
  /** When the last good beat began, and the last that read the records as well, and since when this instance has known the control as it is. */
  let beatAt = LONG_AGO;
  let recordsAt = LONG_AGO;
  let knownAt = LONG_AGO;
  /** Scopes of records that this instance has not emptied yet, by record. */
  const pending = new Map<string, readonly string[]>();
  const emptied = new Set<string>();

  const isCurrent = () => control !== undefined && cells.incarnation() === control.incarnation;

  /** Whether nothing can be asked of the cells, or nobody asks them. */
  const isOutOfSight = () => !isCurrent() || control?.phase !== 'open' || isIll();

  /** The last beat is recent, and the control has been as it is for so long that nobody believes in what was before. */
  function isSettled(since = beatAt): boolean {
    const now = ticks();
    return now - since < LEASE_MS && now - knownAt >= LEASE_MS;
  }

  const trust: Trust = {
    epoch: () => control?.epoch ?? 0,
    mayRead: () => isCurrent() && control?.phase === 'open' && isSettled(recordsAt),
    mayReadUnverified: () => isCurrent() && control?.phase === 'open' && ticks() - recordsAt < UNVERIFIED_MS,
    mayFence: () => isCurrent() && control?.phase !== 'suspended' && isSettled(),
    suspended: () => control?.phase === 'suspended' && isSettled(),
    distrusts: (scope) => {
      for (const scopes of pending.values()) if (scopes.includes(scope)) return true;
      return false;
    },
    remembers: blindness.remembers,
    isSomebodyBlind: blindness.isSomebodyBlind,
  };

  function learn(next: Control, since: number): void {
    const same =
      control?.epoch === next.epoch &&
      control.incarnation === next.incarnation &&
      control.phase === next.phase;
    if (same) return;
    log.info('coherence', { ...next, before: control?.epoch });
    control = next;
    knownAt = since;
  }

  /** Reads the partition: who is blind and the control come first, the records last. */
  async function read(withRecords: boolean): Promise<Shared> {
    const records: DirtyRecord[] = [];
    const blind: BlindRecord[] = [];
    let stored: Control | undefined;
    for (let after: string | undefined; ; ) {
      const to = withRecords ? undefined : LAST_BUT_RECORDS;
      const page = await table.query({ pk: COHERENCE, limit: PAGE, after, ...(to && { to }) });
      for (const item of page.items) {
        if (isControl(item)) stored = controlOf(item);
        else if (isBlind(item)) blind.push(blindOf(item));
        else records.push(dirtyOf(item));
      }
      if (page.next === undefined) return { stored, records, blind };
      after = page.next;
    }
  }

  /** Moves the control on, unless another instance was faster: the next beat tells. */
  async function move(next: Control, before: Control | undefined): Promise<void> {
    try {
      await table.write([putControl(next, before)]);
    } catch (error) {
      if (error instanceof ConditionFailed) return;
      throw error;
    }
    // Nobody can have used another memory before the first control, so nobody needs to wait.
    learn(next, before ? ticks() : LONG_AGO);
  }

  /**
   * What the shared state has to become. Cells that answer under another name than the control knows may have
   * forgotten fences: a new epoch makes all that lies in them void. Readers wait for a lease after each change,
   * until no writer can believe any more in what was before.
   */
  async function advance(stored: Control | undefined, dirty: number): Promise<void> {
    const mine = cells.incarnation();
    if (!stored) {
      if (mine !== undefined)
        await move({ epoch: epochAfter(0), incarnation: mine, phase: 'open' }, undefined);
      return;
    }
    learn(stored, ticks());
    const next = nextControl(stored, mine, dirty);
    if (next) await move(next, stored);
  }

  /** Later than any that was, also after the table went back in time while Redis did not. */
  const epochAfter = (epoch: number) => Math.max(epoch + 1, Math.floor(clock.now() / 1000));

  function nextControl(stored: Control, mine: string | undefined, dirty: number): Control | undefined {
    const { phase } = stored;
    const epoch = epochAfter(stored.epoch);
    if (phase === 'open' && dirty > MANY_RECORDS) return { ...stored, phase: 'suspended' };
    if (mine === undefined) return undefined;
    const known = ticks() - knownAt;
    if (phase === 'suspended') {
      return isIll() || known < LEASE_MS ? undefined : { epoch, incarnation: mine, phase: 'resuming' };
    }
    if (phase === 'resuming') {
      return known < RESUME_MS ? undefined : { epoch, incarnation: mine, phase: 'open' };
    }
    return stored.incarnation === mine ? undefined : { ...stored, epoch, incarnation: mine };
  }

  /** Empties the scopes of records not seen before; until that is done for certain they are read past the cache. */
  async function emptyNew(records: readonly DirtyRecord[]): Promise<void> {
    const listed = new Set(records.map((record) => record.id));
    for (const id of emptied) if (!listed.has(id)) emptied.delete(id);
    for (const id of pending.keys()) if (!listed.has(id)) pending.delete(id);
    // Ill cells are left alone; what is not emptied stays distrusted, and too much of it suspends the cache.
    if (pending.size === 0 || !isCurrent() || isIll()) return;
    const ids = [...pending.keys()];
    await cells.drop([...new Set([...pending.values()].flat())]);
    if (!isCurrent()) return; // it was another memory that was emptied
    for (const id of ids) {
      pending.delete(id);
      emptied.add(id);
    }
  }

  async function removeOld(records: readonly DirtyRecord[]): Promise<void> {
    const moot = trust.suspended();
    const old = records.filter(({ id, at }) => moot || (emptied.has(id) && clock.now() - at >= RECORD_MS));
    for (let i = 0; i < old.length; i += LIMITS.actions) {
      await table.write(old.slice(i, i + LIMITS.actions).map(({ id }) => deleteDirty(id)));
    }
  }

  async function beat(): Promise<void> {
    const began = ticks();
    const withRecords = !isOutOfSight() || began - recordsAt >= BLIND_RECORDS_MS;
    const { stored, records, blind } = await read(withRecords);
    const words = blindness.noted({ began, records: blind, isFirstOfAll: !stored, isBlind: isOutOfSight() });
    if (withRecords) {
      // The records must be known before the beat counts: what it vouches for includes them.
      for (const { id, scopes } of records) if (!emptied.has(id)) pending.set(id, scopes);
      recordsAt = began;
      meter.cacheState('dirty_records', records.length);
    }
    beatAt = began;
    // Nothing may come in between: a fresh beat vouches for the control as it has just been read.
    await advance(stored, records.length);
    if (words.length > 0) await table.write(words);
    if (!withRecords) return;
    await emptyNew(records).catch((error) => log.warn('scopes could not be emptied', { error }));
    await removeOld(records);
  }

  return {
    trust,
    beat,
    dirty: (scopes) => putDirty({ id: newUuid(clock.now()), scopes, at: clock.now() }),
  };
}
