import { Failure, type FailureKind, fail } from '../kernel/errors.ts';
import type { Clock, Meter } from '../kernel/ports.ts';
import type { CacheableRead, Content, ReadThrough, Served } from '../kernel/read-through.ts';
import { ABSENT, type Cell, type Cells, CellsUnavailable, type Place, WRITING } from './cells.ts';
import { createFlights, type Flights } from './flights.ts';
import type { Local } from './local.ts';
import { type Representation, stampOf } from './representation.ts';
import { epochOf, type Tokens } from './tokens.ts';
import type { Reading, TrackedTable } from './tracked.ts';
import type { Trust } from './trust.ts';

export interface ReadsOptions {
  readonly cells: Cells;
  readonly trust: Trust;
  readonly tokens: Tokens;
  readonly table: Pick<TrackedTable, 'track'>;
  readonly clock: Clock;
  readonly meter: Meter;
  /** Bodies kept in this process as well; absent where the cells are in this process anyway. */
  readonly local?: Local;
  /** Told of each hit, with a way to read the store. */
  readonly audit?: (hit: Hit) => void;
  readonly random?: () => number;
  readonly flights?: Flights<Representation>;
}

export interface Hit {
  readonly read: CacheableRead;
  readonly representation: Representation;
  readonly load: () => Promise<Representation>;
}

const VALUE_MS = 600_000;
const ABSENCE_MS = 10_000;
const JITTER = 0.15;
/** A representation older than this part of its life is made anew while it is served. */
const FRESH_PART = 0.8;
const MAX_BYTES = 1024 * 1024;
/** Values of the `Cache-Status` header. */
const HIT = 'cadastre; hit';
const REFRESHING = 'cadastre; hit; detail=refreshing';
const UNVERIFIED = 'cadastre; hit; detail=unverified';
const MISS = 'cadastre; fwd=miss';
const NEVER = Number.POSITIVE_INFINITY;

/**
 * The read side of the protocol in docs/cache.md: an answer from the cache is served only if the tokens it was made
 * under are still those of all its scopes; otherwise the store is read, and what it says is kept under the tokens
 * that were current before that reading began.
 */
export function createReads(options: ReadsOptions): ReadThrough {
  const { cells, trust, tokens, table, clock, meter, local, audit, random = Math.random } = options;
  const flights = options.flights ?? createFlights<Representation>();

  async function read(read: CacheableRead, load: () => Promise<Content>): Promise<Served> {
    const at = placeOf(read);
    if (read.fresh) return past(read, at, load, 'request');
    if (!trust.mayRead()) return pastUnlessHeld(read, at, load);
    let found: Found;
    try {
      found = await look(read, at);
    } catch (error) {
      if (!(error instanceof CellsUnavailable)) throw error;
      return past(read, at, load, error.reason);
    }
    // What came from the cells counts only if they were to be trusted until now.
    if (found.writing || !trust.mayRead())
      return past(read, at, load, found.writing ? 'writing' : 'untrusted');
    const { stamp, representation } = found;
    const run = () => loaded(read, at, stamp, load);
    if (representation) {
      const isStale = clock.now() >= representation.freshUntil;
      if (isStale) void flights.join(nameOf(at, stamp), run).catch(() => {});
      audit?.({ read, representation, load: () => observed(read, stamp, load).then(({ one }) => one) });
      return served(read, representation, 'hit', isStale ? REFRESHING : HIT);
    }
    return served(read, await flights.join(nameOf(at, stamp), run), 'miss', MISS);
  }

  interface Found {
    /** A write is under way, or was not fenced, in one of the scopes. */
    readonly writing: boolean;
    readonly stamp: string;
    readonly representation?: Representation | undefined;
  }

  /** Asks for the cells and, unless its body is at hand, for the representation; opens scopes that are not open. */
  async function look(read: CacheableRead, at: Place): Promise<Found> {
    // Before the look: while it is on its way the scope may be emptied and be trusted again.
    if (read.scopes.some(trust.distrusts)) return { writing: true, stamp: '' };
    const held = local?.get(at);
    const { cells: seen, representation: kept } = await cells.look(read.scopes, held ? undefined : at);
    const wasOpen = seen.every(isOpen);
    const current = wasOpen ? seen : await Promise.all(seen.map((cell, i) => opened(read.scopes[i]!, cell)));
    if (!current.every(isOpen) || read.scopes.some(trust.distrusts)) return { writing: true, stamp: '' };
    const stamp = stampOf(current);
    if (held?.stamp === stamp) return usable(read, at, stamp, held);
    if (!wasOpen) return { writing: false, stamp };
    const representation = held ? (await cells.look([at.scope], at)).representation : kept;
    if (representation?.stamp !== stamp) return { writing: false, stamp };
    local?.set(at, representation);
    return usable(read, at, stamp, representation);
  }

  const isOpen = (cell: Cell) => cell !== WRITING && cell !== ABSENT && epochOf(cell) >= trust.epoch();

  function opened(scope: string, cell: Cell): Cell | Promise<Cell> {
    return cell === WRITING || isOpen(cell) ? cell : cells.open(scope, tokens.next(trust.epoch()));
  }

  /** A caller that knows of a later version proves that a fence was missed: nothing under this token is good. */
  async function usable(
    read: CacheableRead,
    at: Place,
    stamp: string,
    representation: Representation,
  ): Promise<Found> {
    if (clock.now() >= representation.expiresAt) return { writing: false, stamp };
    const version = representation.version ?? (representation.kind === 'value' ? NEVER : 0);
    if (version >= (read.minVersion ?? 0)) return { writing: false, stamp, representation };
    meter.cacheEvent('outdated');
    await cells.drop([at.scope]);
    const cell = await cells.open(at.scope, tokens.next(trust.epoch()));
    const rest = stamp.slice(cell.length);
    return { writing: !isOpen(cell), stamp: stampOf([cell, rest]) };
  }

  /** Reads the store and keeps what it says under the tokens; an answer that rests on other scopes is not kept. */
  async function loaded(
    read: CacheableRead,
    at: Place,
    stamp: string,
    load: () => Promise<Content>,
  ): Promise<Representation> {
    const { one, reading } = await observed(read, stamp, load);
    if (!reading.covered) meter.cacheEvent('uncovered');
    else if (one.body.length <= MAX_BYTES && one.expiresAt > clock.now()) keep(at, one);
    return one;
  }

  function keep(at: Place, one: Representation): void {
    local?.set(at, one);
    cells.fill(at, one, one.expiresAt - clock.now()).then(
      () => meter.cacheEvent('fill'),
      () => meter.cacheEvent('fill_failed'),
    );
  }

  async function observed(
    read: CacheableRead,
    stamp: string,
    load: () => Promise<Content>,
  ): Promise<{ one: Representation; reading: Reading }> {
    const { result, reading } = await table.track(read.scopes, stamp, () => contentOf(load));
    const now = clock.now();
    const life = (result.kind === 'value' ? VALUE_MS : ABSENCE_MS) * (1 + JITTER * (2 * random() - 1));
    const expiresAt = Math.min(now + life, reading.expiresAt);
    return { one: { ...result, stamp, freshUntil: now + life * FRESH_PART, expiresAt }, reading };
  }

  /** Reads the store and keeps nothing. Neighbours share a reading that has not begun yet. */
  async function past(
    read: CacheableRead,
    at: Place,
    load: () => Promise<Content>,
    reason: string,
  ): Promise<Served> {
    const run = async () => (await observed(read, '', load)).one;
    const one = await flights.joinNext(nameOf(at, ''), run);
    return served(read, one, reason, `cadastre; fwd=bypass; detail=${reason}`);
  }

  /** With the others out of sight the store decides; if it is, too, what the cache holds is better than nothing. */
  async function pastUnlessHeld(
    read: CacheableRead,
    at: Place,
    load: () => Promise<Content>,
  ): Promise<Served> {
    try {
      return await past(read, at, load, 'untrusted');
    } catch (error) {
      const isOut = error instanceof Failure && error.kind === 'unavailable';
      const held =
        isOut && trust.mayReadUnverified() ? await look(read, at).catch(() => undefined) : undefined;
      if (!held?.representation) throw error;
      return served(read, held.representation, 'unverified', UNVERIFIED);
    }
  }

  function served(read: CacheableRead, one: Representation, outcome: string, status: string): Served {
    meter.cacheRead(read.operation, outcome);
    return one.kind === 'value' ? { status, content: one } : { status, failure: failureOf(one) };
  }

  return { read };
}

const placeOf = ({ scopes, name }: CacheableRead): Place => ({ scope: scopes[0]!, name });
const nameOf = (at: Place, stamp: string) => `${at.scope} ${at.name} ${stamp}`;

type Made = Content & { readonly kind: Representation['kind'] };

/** Absence is an answer: its code and sentence are kept like a body. Every other failure is thrown on. */
async function contentOf(load: () => Promise<Content>): Promise<Made> {
  try {
    return { kind: 'value', ...(await load()) };
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== ABSENCE) throw error;
    return { kind: 'absence', body: Buffer.from(JSON.stringify([error.code, error.message])) };
  }
}

const ABSENCE: FailureKind = 'absent';

function failureOf({ body }: Representation): Failure {
  const [code, detail] = JSON.parse(Buffer.from(body).toString()) as [string, string];
  return fail(ABSENCE, code, detail);
}
