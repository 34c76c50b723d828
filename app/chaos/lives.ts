import type { Op, Seen, State } from './history.ts';
import { leastAfter } from './spans.ts';

/** Somebody saw a key in some state, by reading it or by writing it. */
export interface Sight {
  readonly op: Op;
  readonly seen: Seen;
}

/** All that happened to one key. */
export interface KeyStory {
  readonly key: string;
  readonly writes: readonly Op[];
  readonly sights: readonly Sight[];
}

/** A state of a life, and since when it is known that it was reached. */
export interface Reached {
  readonly state: State;
  readonly write: Op | undefined;
  /** The first answer that told of it. */
  known: number;
}

/** From one creation of a key to its deletion. */
export interface Life {
  readonly born: string;
  readonly creation: Op | undefined;
  /** It began after this, and before `upper`: what orders two lives of a key. */
  readonly lower: number;
  upper: number;
  readonly reached: Map<number, Reached>;
  /** A deletion that may have ended it was asked for at this time; never, if there is none. */
  earliestKiller: number;
}

export interface Lives {
  readonly list: readonly Life[];
  readonly byBirth: ReadonlyMap<string, Life>;
  /** By mark, the write that left it. */
  readonly writes: ReadonlyMap<string, Op>;
  readonly deletes: readonly Op[];
}

const NEVER = Number.POSITIVE_INFINITY;
/** Staleness that is allowed after a write that could not be fenced, in milliseconds. */
export const LEASE_MS = 750;

/** Absence from the cache may be that of before a creation that could not be fenced, and then ends no life. */
const mayBeBehind = ({ cache }: Op) => cache === 'hit' || cache === 'miss';

/** When a write can have been done at the latest. */
export const endOf = (op: Op) => (op.outcome === 'info' ? NEVER : op.returned);

/** Sorts what was seen of a key into its lives. A sight of a mark that nobody left is kept too: rules judge it. */
export function livesOf({ writes, sights }: KeyStory): Lives {
  const byMark = new Map(writes.filter((op) => op.mark !== undefined).map((op) => [op.mark!, op]));
  const byBirth = new Map<string, Life>();
  for (const { op, seen } of sights) {
    if (seen === 'absent') continue;
    const life = byBirth.get(seen.born) ?? newLife(seen.born, byMark);
    byBirth.set(seen.born, life);
    life.upper = Math.min(life.upper, op.returned);
    const reached = life.reached.get(seen.version);
    if (!reached) {
      const write = byMark.get(seen.mark);
      life.reached.set(seen.version, { state: seen, write, known: op.returned });
    } else if (op.returned < reached.known) {
      reached.known = op.returned;
    }
  }
  const deletes = writes.filter((op) => op.action === 'delete' && op.outcome !== 'fail');
  const list = [...byBirth.values()].sort((a, b) => a.lower - b.lower);
  findKillers(list, deletes);
  return { list, byBirth, writes: byMark, deletes };
}

function newLife(born: string, byMark: ReadonlyMap<string, Op>): Life {
  const creation = byMark.get(born.split(' ')[0]!);
  const lower = creation?.invoked ?? Number.NEGATIVE_INFINITY;
  return { born, creation, lower, upper: NEVER, reached: new Map(), earliestKiller: NEVER };
}

/** A deletion that was bound to another life by `If-Match` cannot have ended this one. */
function findKillers(lives: readonly Life[], deletes: readonly Op[]): void {
  const free = leastAfter(
    deletes.filter((op) => op.bound === undefined),
    endOf,
    (op) => op.invoked,
  );
  const bound = new Map<string, number>();
  for (const { bound: born, invoked } of deletes) {
    if (born !== undefined) bound.set(born, Math.min(bound.get(born) ?? NEVER, invoked));
  }
  for (const life of lives) life.earliestKiller = Math.min(free(life.lower), bound.get(life.born) ?? NEVER);
}

/** Something that makes an older state of a key out of date, and the write that did it, where that is known. */
export interface Passing {
  readonly known: number;
  readonly writes: readonly Op[];
}

/** Tells since when a state of a key is past. */
export interface Passings {
  /** The first time at which it was known to be past. */
  first(life: Life, version: number): number;
  /** All that had passed by before `time`. */
  all(life: Life, version: number, time: number): Passing[];
}

/** What ends every life that certainly began before it: a deletion, a sight of nothing, a later birth. */
interface Ending {
  readonly started: number;
  readonly known: number;
  readonly writes: (life: Life) => readonly Op[];
}

export function passingsOf({ sights }: KeyStory, { list, deletes }: Lives): Passings {
  const killersOf = (life: Life, before: number) =>
    deletes.filter(
      (op) =>
        op.invoked < before && endOf(op) > life.lower && (op.bound === undefined || op.bound === life.born),
    );
  const endings: Ending[] = [
    ...deletes
      .filter((op) => op.outcome === 'ok')
      .map((op) => ({ started: op.invoked, known: op.returned, writes: () => [op] })),
    ...sights
      .filter(({ seen }) => seen === 'absent')
      .map(({ op }) => ({
        started: mayBeBehind(op) ? op.invoked - LEASE_MS : op.invoked,
        known: op.returned,
        writes: (life: Life) => killersOf(life, op.returned),
      })),
    ...list.map(({ lower, upper, creation }) => ({
      started: lower,
      known: upper,
      writes: () => (creation ? [creation] : []),
    })),
  ];
  const firstEnding = leastAfter(
    endings,
    ({ started }) => started,
    ({ known }) => known,
  );
  const later = new Map(list.map((life) => [life, firstOfLaterVersions(life)]));
  return {
    first: (life, version) => Math.min(later.get(life)!(version), firstEnding(life.upper)),
    all: (life, version, time) => [
      ...[...life.reached.values()]
        .filter(({ state, known }) => state.version > version && known < time)
        .map(({ known, write }) => ({ known, writes: write ? [write] : [] })),
      ...endings
        .filter(({ started, known }) => started > life.upper && known < time)
        .map(({ known, writes }) => ({ known, writes: writes(life) })),
    ],
  };
}

function firstOfLaterVersions({ reached }: Life): (version: number) => number {
  return leastAfter(
    [...reached.values()],
    ({ state }) => state.version,
    ({ known }) => known,
  );
}
