/** What was asked of a dependency: to answer at all, or to keep something besides. It may be fit for the one alone. */
export type Demand = 'answer' | 'keep';

/** Decides whether a dependency is worth asking, from how it did lately. Times are of a clock that never jumps. */
export interface Breaker {
  /** Whether to ask now. While half open, one caller at a time may find out. */
  allows(): boolean;
  succeeded(demand: Demand): void;
  failed(demand: Demand): void;
  state(): 'closed' | 'open' | 'half_open';
  /** Which part of the readers to let through, from 0 to 1: it grows again after an outage. */
  admitted(): number;
}

const WINDOW_MS = 1_000;
const ENOUGH_CALLS = 20;
const FAILURES_IN_A_ROW = 5;
/** One hiccup fails whatever is on its way at that moment; that alone says nothing about the next. */
const ROW_MS = 200;
const FIRST_OPEN_MS = 1_000;
const LONGEST_OPEN_MS = 10_000;
/** Readers come back over as long as it took, and at most so long. */
const LONGEST_RAMP_MS = 15_000;
const RAMP_START = 0.1;
const NEVER = Number.NEGATIVE_INFINITY;

export function createBreaker(ticks: () => number, random: () => number = Math.random): Breaker {
  let openUntil = NEVER;
  let isOpen = false;
  let isAsking = false;
  let openMs = FIRST_OPEN_MS;
  let closedAt = NEVER;
  let windowStart = NEVER;
  let calls = 0;
  let failures = 0;
  const rows = { answer: createRow(ticks), keep: createRow(ticks) };
  let openedAt = NEVER;
  let rampMs = 0;

  function count(): void {
    const now = ticks();
    if (now - windowStart >= WINDOW_MS) {
      windowStart = now;
      calls = 0;
      failures = 0;
    }
    calls += 1;
  }

  function open(): void {
    if (!isOpen && ticks() - closedAt > LONGEST_OPEN_MS) openMs = FIRST_OPEN_MS; // it was well for long
    if (!isOpen) openedAt = ticks();
    isOpen = true;
    isAsking = false;
    openUntil = ticks() + openMs * (1 + random() / 4);
    openMs = Math.min(LONGEST_OPEN_MS, openMs * 2);
  }

  return {
    allows() {
      if (!isOpen) return true;
      if (isAsking || ticks() < openUntil) return false;
      isAsking = true;
      return true;
    },
    succeeded(demand) {
      count();
      rows[demand].end();
      if (!isOpen || !isAsking) return; // an answer to what was asked before it opened
      isOpen = false;
      isAsking = false;
      for (const row of Object.values(rows)) row.end();
      calls = 0;
      failures = 0;
      closedAt = ticks();
      rampMs = Math.min(LONGEST_RAMP_MS, closedAt - openedAt);
    },
    failed(demand) {
      count();
      failures += 1;
      const failing = rows[demand].grow() || (calls >= ENOUGH_CALLS && failures * 2 >= calls);
      if (isOpen ? isAsking : failing) open();
    },
    state: () => (!isOpen ? 'closed' : isAsking ? 'half_open' : 'open'),
    admitted() {
      if (closedAt === NEVER) return 1;
      const since = ticks() - closedAt;
      return since >= rampMs ? 1 : RAMP_START + (1 - RAMP_START) * (since / rampMs);
    },
  };
}

/** Failures without a success in between. */
function createRow(ticks: () => number) {
  let length = 0;
  let start = NEVER;
  return {
    end(): void {
      length = 0;
    },
    /** Counts one more; answers whether there have been too many, for too long. */
    grow(): boolean {
      length += 1;
      if (length === 1) start = ticks();
      return length >= FAILURES_IN_A_ROW && ticks() - start >= ROW_MS;
    },
  };
}
