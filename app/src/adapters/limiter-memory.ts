import { crc32 } from 'node:zlib';
import { LRUCache } from 'lru-cache';
import type { Clock, Limiter, Quota, Verdict } from '../kernel/ports.ts';

/** What one subject has used up of one policy in the minute that is running for it. */
export interface Counter {
  /** Policy and subject. */
  readonly name: string;
  /** End of the minute; tells it from those before and after it. */
  readonly endsAt: number;
  /** Requests that are known, of all instances. */
  used: number;
  /** Those of this process. */
  own: number;
  /** Those of this process that the others have not been told of; negative after something was given back. */
  untold: number;
}

const MINUTE_MS = 60_000;
/** Some 11 MB. Beyond it the subject that was quiet for longest begins anew. */
const MAX_COUNTERS = 50_000;

/** Counts requests in this process alone. */
export function createMemoryLimiter(clock: Clock): Limiter {
  const { take, review, giveBack } = createCounters(clock);
  return { take, giveBack, confirm: async (quotas) => review(quotas), async close() {} };
}

/** The counters of this process; `changed` hears of each that counts more or less than before. */
export function createCounters(clock: Clock, changed: (counter: Counter) => void = () => {}) {
  const known = new LRUCache<string, Counter>({ max: MAX_COUNTERS });

  function counterOf({ policy, subject }: Quota): Counter {
    const name = `${policy}:${subject}`;
    const now = clock.now();
    const before = known.get(name);
    // One that ends later than in a minute is from before the clock was set back.
    if (before && now < before.endsAt && before.endsAt <= now + MINUTE_MS) return before;
    const counter = { name, endsAt: endOfMinute(name, now), used: 0, own: 0, untold: 0 };
    known.set(name, counter);
    return counter;
  }

  function change(counter: Counter, by: 1 | -1): void {
    counter.used += by;
    counter.own += by;
    counter.untold += by;
    changed(counter);
  }

  return {
    take(quotas: readonly Quota[]): Verdict {
      const counters = quotas.map(counterOf);
      const allowed = quotas.every(({ perMinute }, i) => counters[i]!.used < perMinute);
      if (allowed) for (const counter of counters) change(counter, 1);
      return verdict(quotas, counters, clock.now(), allowed);
    },
    /** Judges what was taken already. */
    review(quotas: readonly Quota[]): Verdict {
      const counters = quotas.map(counterOf);
      const allowed = quotas.every(({ perMinute }, i) => counters[i]!.used <= perMinute);
      return verdict(quotas, counters, clock.now(), allowed);
    },
    giveBack(quota: Quota): void {
      const counter = counterOf(quota);
      if (counter.own > 0) change(counter, -1);
    },
  };
}

/**
 * Each subject has minutes of its own, the same on every instance: nobody has to be told when one begins, and they do
 * not all end at once.
 */
function endOfMinute(name: string, now: number): number {
  const phase = crc32(name) % MINUTE_MS;
  return now + MINUTE_MS - ((now + phase) % MINUTE_MS);
}

/** Names the quota of which least is left; of those used up, the one that lasts longest. */
function verdict(
  quotas: readonly Quota[],
  counters: readonly Counter[],
  now: number,
  allowed: boolean,
): Verdict {
  const standings = quotas.map((quota, i) => ({
    allowed,
    quota,
    remaining: Math.max(0, quota.perMinute - counters[i]!.used),
    resetMs: counters[i]!.endsAt - now,
  }));
  return standings.reduce((a, b) =>
    b.remaining < a.remaining || (b.remaining === a.remaining && b.resetMs > a.resetMs) ? b : a,
  );
}
