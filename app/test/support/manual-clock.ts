import type { Clock } from '../../src/kernel/ports.ts';

/** A clock that only the test moves; who sleeps waits until it was moved far enough. */
export interface ManualClock extends Clock {
  /** Moves the time and lets everything run that was waiting for it. */
  advance(ms: number): Promise<void>;
}

export function manualClock(start: number = Date.UTC(2026, 0, 1)): ManualClock {
  let now = start;
  let sleepers: { until: number; wake: () => void }[] = [];
  return {
    now: () => now,
    sleep: (ms) => new Promise((wake) => sleepers.push({ until: now + ms, wake })),
    async advance(ms) {
      now += ms;
      const due = sleepers.filter((sleeper) => sleeper.until <= now);
      sleepers = sleepers.filter((sleeper) => sleeper.until > now);
      for (const sleeper of due) sleeper.wake();
      await new Promise(setImmediate);
    },
  };
}
