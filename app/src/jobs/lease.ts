import type { Clock } from '../kernel/ports.ts';
import type { Checkpoints, Lease } from '../table/changes/checkpoints.ts';

/** So long after its last sign of life an instance is replaced. */
const LEASE_MS = 30_000;
const RENEW_MS = 10_000;
const FREE: Lease = { holder: '', until: 0 };

export interface LeaseKeeper {
  /** Whether this instance may work; takes the lease where it is free, and renews its own in time. */
  hold(seen: Lease | undefined): Promise<boolean>;
  /** The same, for a longer piece of work. */
  keep(): Promise<boolean>;
  /** Lets somebody else go on at once. */
  release(): Promise<void>;
}

/**
 * Sees to it that of many instances one works at a time. Where clocks differ, or an instance stands still for longer
 * than its lease, two may deliver the same for a moment; only one of them can move the checkpoint.
 */
export function createLeaseKeeper(checkpoints: Checkpoints, holder: string, clock: Clock): LeaseKeeper {
  let mine: Lease | undefined;

  async function hold(seen: Lease | undefined): Promise<boolean> {
    const now = clock.now();
    mine = undefined;
    if (seen && seen.holder !== holder && seen.until > now) return false;
    const isFresh = seen?.holder === holder && seen.until - now > LEASE_MS - RENEW_MS;
    const next = { holder, until: now + LEASE_MS };
    if (isFresh) mine = seen;
    else if (await checkpoints.take(seen, next)) mine = next;
    return mine !== undefined;
  }

  return {
    hold,
    keep: () => hold(mine),
    async release() {
      if (mine) await checkpoints.take(mine, FREE);
      mine = undefined;
    },
  };
}
