/** Wakes those who wait for something: when it comes, when their time is over, or when they are called away. */
export interface Bell {
  /** Whether it rang before the time, in Unix milliseconds, and the signal. */
  heard(until: number, signal: AbortSignal): Promise<boolean>;
  ring(): void;
  /** Lets those go on whose time is over. */
  release(now: number): void;
}

interface Waiter {
  readonly until: number;
  readonly wake: (hasRung: boolean) => void;
}

export function createBell(): Bell {
  const waiting = new Set<Waiter>();
  return {
    heard: (until, signal) =>
      new Promise((resolve) => {
        const leave = () => waiter.wake(false);
        const waiter: Waiter = {
          until,
          wake(hasRung) {
            waiting.delete(waiter);
            signal.removeEventListener('abort', leave);
            resolve(hasRung);
          },
        };
        waiting.add(waiter);
        signal.addEventListener('abort', leave);
      }),
    ring() {
      for (const { wake } of [...waiting]) wake(true);
    },
    release(now) {
      for (const { until, wake } of [...waiting]) if (until <= now) wake(false);
    },
  };
}
