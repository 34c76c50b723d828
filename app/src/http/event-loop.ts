import { monitorEventLoopDelay } from 'node:perf_hooks';

const WINDOW_MS = 5_000;

/** Tells how late the event loop ran, at worst, in the last five to ten seconds. */
export interface LoopWatch {
  lagMs(): number;
  stop(): void;
}

type LoopDelays = Pick<ReturnType<typeof monitorEventLoopDelay>, 'max' | 'enable' | 'disable' | 'reset'>;

/** Starts watching. Two windows take turns, so that a spike is neither forgotten at once nor kept for ever. */
export function watchEventLoop(
  now: () => number,
  histogram: LoopDelays = monitorEventLoopDelay({ resolution: 20 }),
): LoopWatch {
  histogram.enable();
  let previous = 0;
  let since = now();
  return {
    lagMs() {
      const age = now() - since;
      const current = age < 2 * WINDOW_MS ? histogram.max / 1e6 : 0; // unasked for so long, it may be old news
      const worst = Math.max(previous, current);
      if (age >= WINDOW_MS) {
        previous = current;
        since = now();
        histogram.reset();
      }
      return worst;
    },
    stop: () => void histogram.disable(),
  };
}
