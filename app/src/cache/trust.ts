/** What an instance knows of the state that all instances share; see docs/cache.md. */
export interface Trust {
  /** Epoch of the tokens to make; older ones are void for readers. */
  epoch(): number;
  /** Whether cached answers may be used now. */
  mayRead(): boolean;
  /** Whether an answer may be used although this instance has lost sight of the others for up to a minute. */
  mayReadUnverified(): boolean;
  /** Whether all readers look at the very cells that this instance fences. */
  mayFence(): boolean;
  /** Whether nobody reads the cache, so that a write need not tell that it could not fence. */
  suspended(): boolean;
  /** Whether a scope changed without a fence and has not been emptied since. */
  distrusts(scope: string): boolean;
  /** Whether what was read from then on, by `ticks`, may be gone by although the cells cannot be asked. */
  remembers(began: number): boolean;
  /** Whether some instance may go by what it remembers, so that changes of such things have to wait a lease. */
  isSomebodyBlind(): boolean;
}

/** In one process there is nobody to lose sight of. */
export const ALONE: Trust = {
  epoch: () => 0,
  mayRead: () => true,
  mayReadUnverified: () => true,
  mayFence: () => true,
  suspended: () => false,
  distrusts: () => false,
  remembers: () => false,
  isSomebodyBlind: () => false,
};

/** How long to wait between two readings of the shared state; well within a lease. */
export const BEAT_MS = 250;
/**
 * How long what a beat said may be relied upon, from the moment at which it began. The bound on staleness after a
 * write that could not be fenced.
 */
export const LEASE_MS = 750;
/** How long the cache may serve while the store cannot be asked what has changed. */
export const UNVERIFIED_MS = 60_000;
/** How long a fence outlives its writer; twice as long as a write can take. */
export const MARKER_MS = 15_000;
