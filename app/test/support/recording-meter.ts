import { type Meter, silentMeter } from '../../src/kernel/ports.ts';

/** Keeps what is reported. */
export interface RecordingMeter extends Meter {
  readonly calls: { operation: string; outcome: string; seconds: number }[];
  /** Sum of capacity units since `reset`. */
  units(): { read: number; write: number };
  reset(): void;
}

export function recordingMeter(): RecordingMeter {
  const calls: RecordingMeter['calls'] = [];
  let read = 0;
  let write = 0;
  return {
    ...silentMeter,
    calls,
    units: () => ({ read, write }),
    reset() {
      calls.length = 0;
      read = 0;
      write = 0;
    },
    storeCall: (operation, outcome, seconds) => void calls.push({ operation, outcome, seconds }),
    capacity(_operation, readUnits, writeUnits) {
      read += readUnits;
      write += writeUnits;
    },
  };
}
