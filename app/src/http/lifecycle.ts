export type Phase = 'starting' | 'ready' | 'draining';

/** Where the process is between its first and its last request. Only ever goes forward. */
export interface Lifecycle {
  phase(): Phase;
  ready(): void;
  drain(): void;
  /** Ends what would go on for ever. */
  close(): void;
  /** Calls back at that moment, or at once if it is over; answers how to take that back. */
  onClose(callback: () => void): () => void;
}

export function createLifecycle(): Lifecycle {
  let phase: Phase = 'starting';
  let isClosed = false;
  const callbacks = new Set<() => void>();
  return {
    phase: () => phase,
    ready() {
      if (phase === 'starting') phase = 'ready';
    },
    drain() {
      phase = 'draining';
    },
    close() {
      isClosed = true;
      for (const callback of [...callbacks]) callback();
    },
    onClose(callback) {
      if (isClosed) callback();
      else callbacks.add(callback);
      return () => void callbacks.delete(callback);
    },
  };
}
