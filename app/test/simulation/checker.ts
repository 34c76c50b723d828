/** What somebody saw of each record: the attempt that wrote it, or `undefined` for none. */
export type Seen = ReadonlyMap<string, string | undefined>;

/** What a read must not be older than, by record; taken when it begins. */
export type Floors = ReadonlyMap<string, number>;

export interface CheckerOptions {
  readonly now: () => number;
  /** Whether what a read saw of a record binds later reads, and not acknowledgements alone. */
  readonly readsCount: (record: string) => boolean;
}

/** How long after a write that was not fenced a read may still be older; see LEASE_MS of the protocol. */
const BOUND_MS = 750;

/** One state of a record. */
interface State {
  readonly by: string | undefined;
  readonly at: number;
  /** Whether the write carried a record for the other instances because it was not fenced. */
  readonly recorded: boolean;
}

/** A state that reads have to reach from some time on. */
interface Due {
  readonly position: number;
  readonly from: number;
}

interface History {
  /** Every state that the record ever had in the table, the first being absence. */
  readonly states: State[];
  readonly positions: Map<string, number>;
  floor: number;
  dues: Due[];
}

export type Checker = ReturnType<typeof createChecker>;

/**
 * Judges what clients see against what really happened in the table, record by record. A listing is judged by each
 * of the records that it could show.
 *
 * 1. A read that begins after a write was acknowledged sees that write or a later one. If the write was not fenced,
 *    that holds from `BOUND_MS` after the acknowledgement on.
 * 2. The same after a read that has ended: what it saw is a floor for every later read, at once if that state was
 *    written under a fence, else `BOUND_MS` after it was written. This rule is left out (`readsCount`) where
 *    marks of writes under way may be lost (flush, restart, failover, eviction of a mark, a pause longer than a
 *    mark lives), and for definitions once an instance has gone by what it remembers: then two readers may see a
 *    write and its absence until it is acknowledged, which is promised only for acknowledged writes.
 * 3. Nobody sees a state that was never in the table, or not yet.
 * 4. An acknowledged write is in the table, and no attempt is there twice.
 *
 * Answers marked as unverified are exempt from 1 and 2, not from 3. Each rule returns what broke it.
 */
export function createChecker({ now, readsCount }: CheckerOptions) {
  const histories = new Map<string, History>();

  function historyOf(record: string): History {
    let history = histories.get(record);
    if (!history) {
      history = {
        states: [{ by: undefined, at: 0, recorded: false }],
        positions: new Map(),
        floor: 0,
        dues: [],
      };
      histories.set(record, history);
    }
    return history;
  }

  function owe(history: History, position: number, from: number): void {
    if (from > now()) history.dues.push({ position, from });
    else history.floor = Math.max(history.floor, position);
  }

  /** Begins a read: what it must reach, by record. */
  function begin(): Floors {
    const floors = new Map<string, number>();
    for (const [record, history] of histories) {
      for (const { position, from } of history.dues) if (from <= now()) owe(history, position, from);
      history.dues = history.dues.filter(({ from }) => from > now());
      floors.set(record, history.floor);
    }
    return floors;
  }

  /** The earliest state that the read can have seen, or what is wrong with it. */
  function place(record: string, by: string | undefined, floor: number): number | string {
    const { states, positions } = historyOf(record);
    const known = by === undefined ? 0 : positions.get(by);
    if (known === undefined) return `${record}: ${by} was read but never written`;
    const position = states.findIndex((state, i) => i >= floor && state.by === by);
    if (position >= 0) return position;
    const missed = states[floor]!;
    return `${record}: ${by ?? 'absence'} was read after ${missed.by ?? 'a deletion'} (written at ${missed.at})`;
  }

  function end(seen: Seen, floors: Floors, exempt = false): string | undefined {
    for (const [record, by] of seen) {
      const position = place(record, by, exempt ? 0 : (floors.get(record) ?? 0));
      if (typeof position === 'string') return position;
      if (exempt || !readsCount(record)) continue;
      const history = historyOf(record);
      const { at, recorded } = history.states[position]!;
      owe(history, position, recorded ? at + BOUND_MS : now());
    }
    return undefined;
  }

  return {
    begin,
    end,
    /** A write took place in the table. `by` is undefined for what it deleted. */
    written(record: string, attempt: string, by: string | undefined, recorded: boolean): string | undefined {
      const { states, positions } = historyOf(record);
      if (positions.has(attempt)) return `${record}: ${attempt} was written twice`;
      positions.set(attempt, states.push({ by, at: now(), recorded }) - 1);
      return undefined;
    },
    acknowledged(records: readonly string[], attempt: string, fenced: boolean): string | undefined {
      for (const record of records) {
        const history = historyOf(record);
        const position = history.positions.get(attempt);
        if (position === undefined) return `${record}: ${attempt} was acknowledged but never written`;
        owe(history, position, fenced ? now() : now() + BOUND_MS);
      }
      return undefined;
    },
  };
}
