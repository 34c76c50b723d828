import type { Clock, Log } from '../kernel/ports.ts';

/** A job that runs again and again. `stop` waits for a run under way. */
export interface Repeated {
  stop(): Promise<void>;
}

/** Runs `job` now and then `everyMs` after each end. A run that fails is logged; the next one comes as usual. */
export function repeat(
  name: string,
  everyMs: number,
  job: () => Promise<void>,
  clock: Clock,
  log: Log,
): Repeated {
  let stopped = false;
  let wake: () => void = () => {};
  /** A promise of its own each time: one that lasts would remember everybody who ever waited for it. */
  const pause = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
      void clock.sleep(everyMs).then(resolve);
    });
  const running = (async () => {
    while (!stopped) {
      await job().catch((error) => log.error('a background job failed', { job: name, error }));
      if (!stopped) await pause();
    }
  })();
  return {
    async stop() {
      stopped = true;
      wake();
      await running;
    },
  };
}
