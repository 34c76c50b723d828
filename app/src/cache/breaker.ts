/** Decides whether a dependency is worth asking, from how it did lately. Times are of a clock that never jumps. */
export interface Breaker {
  /** Whether to ask now. While half open, one caller at a time may find out. */
  allows(): boolean;
  succeeded(): void;
  failed(): void;
  state(): 'closed' | 'open' | 'half_open';
  /** Which part of the readers to let through, from 0 to 1: it grows again after an outage. */
  admitted(): number;
}

const WINDOW_MS = 1_000;
const ENOUGH_CALLS = 20;
const FAILURES_IN_A_ROW = 5;
const FIRST_OPEN_MS = 1_000;
const LONGEST_OPEN_MS = 10_000;
const RAMP_MS = 15_000;
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
  let inARow = 0;

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
    succeeded() {
      count();
      inARow = 0;
      if (!isOpen || !isAsking) return; // an answer to what was asked before it opened
      isOpen = false;
      isAsking = false;
      calls = 0;
      failures = 0;
      closedAt = ticks();
    },
    failed() {
      count();
      failures += 1;
      inARow += 1;
      const failing = inARow >= FAILURES_IN_A_ROW || (calls >= ENOUGH_CALLS && failures * 2 >= calls);
      if (isOpen ? isAsking : failing) open();
    },
    state: () => (!isOpen ? 'closed' : isAsking ? 'half_open' : 'open'),
    admitted() {
      if (closedAt === NEVER) return 1;
      const since = ticks() - closedAt;
      return since >= RAMP_MS ? 1 : RAMP_START + (1 - RAMP_START) * (since / RAMP_MS);
    },
  };
}
