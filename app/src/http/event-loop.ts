import { monitorEventLoopDelay } from 'node:perf_hooks';

const WINDOW_MS = 5_000;

/** Tells how late the event loop ran, at worst, in the last five to ten seconds. */
export interface LoopWatch {
  lagMs(): number;
  stop(): void;
}

/** Starts watching. Two windows take turns, so that a spike is neither forgotten at once nor kept for ever. */
export function watchEventLoop(now: () => number): LoopWatch {
  const histogram = monitorEventLoopDelay({ resolution: 20 });
  histogram.enable();
  let previous = 0;
  let since = now();
  return {
    lagMs() {
      const current = histogram.max / 1e6;
      const worst = Math.max(previous, current);
      if (now() - since >= WINDOW_MS) {
        previous = current;
        since = now();
        histogram.reset();
      }
      return worst;
    },
    stop: () => void histogram.disable(),
  };
}
