import { setImmediate as turnOfLoop } from 'node:timers/promises';
import type { Clock, Limiter, Meter } from '../kernel/ports.ts';
import { type Counter, createCounters } from './limiter-memory.ts';
import { type Client, type LinkOptions, openLink } from './redis/link.ts';

export interface RedisLimiterOptions extends LinkOptions {
  /** Tells this table's counters from those of others in the same Redis. */
  readonly namespace: string;
  readonly clock: Clock;
  readonly meter: Pick<Meter, 'limitsUnshared'>;
}

/** Adds to counters and answers what each of them holds then. */
type Tell = (counters: readonly Counter[], amounts: readonly number[]) => Promise<readonly number[]>;

interface Tally {
  tally(keys: number, ...args: (string | number)[]): Promise<number[]>;
}

/** ARGV: milliseconds for which a new counter lives, then how much to add to each. */
const TALLY = `
local totals = {}
for i, key in ipairs(KEYS) do
  local amount = tonumber(ARGV[i + 1])
  totals[i] = redis.call('INCRBY', key, amount)
  if totals[i] == amount then redis.call('PEXPIRE', key, ARGV[1]) end
end
return totals
`;

/** A minute, and time for clocks that do not agree. */
const LIFE_MS = 120_000;
const GIVE_UP_MS = 50;
const REST_MS = 1_000;
/** Redis does nothing else while it works on one command. */
const MAX_KEYS = 300;

/**
 * Counts in this process, and tells Redis what was counted, which answers what all instances have counted. Requests
 * do not wait for that: they are judged by what is known, and the next one by what was learned. So an instance is wrong
 * for one round trip, and without Redis each goes by its own counts.
 */
export function createRedisLimiter(options: RedisLimiterOptions): Limiter {
  const link = openLink(options);
  link.client.defineCommand('tally', { lua: TALLY });
  const sharing = createSharing(tellOver(link.client as Client & Tally, options), options);
  const { take, review, giveBack } = createCounters(options.clock, sharing.add);
  return {
    take,
    giveBack,
    async confirm(quotas) {
      await sharing.told();
      return review(quotas);
    },
    async close() {
      sharing.stop();
      link.close();
    },
  };
}

/** In a cluster counters lie anywhere, so each has a command of its own; all of them leave together. */
function tellOver(client: Tally, { namespace, mode }: RedisLimiterOptions): Tell {
  const size = mode === 'cluster' ? 1 : MAX_KEYS;
  const keyOf = ({ name, endsAt }: Counter) => `l:${namespace}:${name}:${endsAt}`;
  return async (counters, amounts) => {
    const totals: Promise<number[]>[] = [];
    for (let i = 0; i < counters.length; i += size) {
      const keys = counters.slice(i, i + size).map(keyOf);
      totals.push(client.tally(keys.length, ...keys, LIFE_MS, ...amounts.slice(i, i + size)));
    }
    return (await Promise.all(totals)).flat();
  };
}

/**
 * Gathers the counters that changed in one turn of the event loop into one batch, one batch under way at a time. A
 * batch that fails is not sent again, because it may have been counted; then Redis is left alone for a while.
 */
function createSharing(tell: Tell, { clock, meter }: Pick<RedisLimiterOptions, 'clock' | 'meter'>) {
  const gathered = new Set<Counter>();
  let underWay = Promise.resolve();
  let next: Promise<void> | undefined;
  let restUntil = 0;
  let isStopped = false;

  function add(counter: Counter): void {
    gathered.add(counter);
    if (next || isStopped || isResting()) return;
    next = underWay.then(() => turnOfLoop()).then(share);
  }

  function isResting(): boolean {
    const left = restUntil - clock.now();
    return left > 0 && left <= REST_MS; // it is longer where the clock was set back
  }

  async function share(): Promise<void> {
    underWay = next!;
    next = undefined;
    const now = clock.now();
    const counters = [...gathered].filter(({ untold, endsAt }) => untold !== 0 && now < endsAt);
    gathered.clear();
    if (counters.length === 0) return;
    const amounts = counters.map(({ untold }) => untold);
    for (const counter of counters) counter.untold = 0;
    try {
      const totals = await within(GIVE_UP_MS, tell(counters, amounts));
      for (const [i, counter] of counters.entries()) {
        // Redis may have lost counters; what this process knows itself stays.
        counter.used = Math.max(counter.own, totals[i]! + counter.untold);
      }
    } catch {
      restUntil = clock.now() + REST_MS;
      meter.limitsUnshared();
    }
  }

  return {
    add,
    /** Resolves when what was added last has been told, or could not be. */
    told: async () => next,
    stop() {
      isStopped = true;
    },
  };
}

/** After a busy stretch timers run before sockets are read, so an answer that has arrived by then still counts. */
async function within<T>(ms: number, call: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => setImmediate(() => reject(new Error('Redis is late.'))), ms);
  });
  try {
    return await Promise.race([call, late]);
  } finally {
    clearTimeout(timer);
  }
}
