export type Phase = 'starting' | 'ready' | 'draining';

/** Where the process is between its first and its last request. Only ever goes forward. */
export interface Lifecycle {
  phase(): Phase;
  ready(): void;
  drain(): void;
}

export function createLifecycle(): Lifecycle {
  let phase: Phase = 'starting';
  return {
    phase: () => phase,
    ready() {
      if (phase === 'starting') phase = 'ready';
    },
    drain() {
      phase = 'draining';
    },
  };
}
