import type { Clock } from '../../src/kernel/ports.ts';

/** A clock that goes on by itself and that a test can put forward. */
export interface ShiftedClock extends Clock {
  /** Puts it forward; who slept until then wakes up. */
  advance(ms: number): void;
}

export function shiftedClock(): ShiftedClock {
  let shift = 0;
  const now = () => Date.now() + shift;
  const sleepers = new Set<{ readonly until: number; readonly wake: () => void }>();
  return {
    now,
    sleep: (ms) =>
      new Promise((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          sleepers.delete(sleeper);
          resolve();
        };
        const sleeper = { until: now() + ms, wake };
        const timer = setTimeout(wake, ms).unref();
        sleepers.add(sleeper);
      }),
    advance(ms) {
      shift += ms;
      for (const { until, wake } of [...sleepers]) if (until <= now()) wake();
    },
  };
}
