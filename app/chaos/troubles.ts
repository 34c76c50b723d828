import { setTimeout as wait } from 'node:timers/promises';
import type { World } from './world.ts';

/** A way to lose the cache for all instances at once. */
export interface Trouble {
  readonly name: string;
  begin(world: World): Promise<unknown>;
  /** What was taken away comes back; absent if nothing was, for longer than a moment. */
  readonly end?: (world: World) => Promise<unknown>;
}

/** Until somebody has noticed that the primary is dead, and the name leads to another. */
const ELECTION_MS = 1_000;

export const TROUBLES: readonly Trouble[] = [
  {
    name: 'killed, later back and empty',
    begin: ({ redis }) => redis.kill(),
    end: ({ redis }) => redis.restart('empty'),
  },
  {
    name: 'stopped where it was, later resumed',
    begin: async ({ redis }) => redis.primary().pause(),
    end: async ({ redis }) => redis.primary().resume(),
  },
  {
    name: 'full, refusing writes',
    begin: ({ redis }) => redis.command('CONFIG', 'SET', 'maxmemory', '1mb'),
    end: ({ redis }) => redis.command('CONFIG', 'SET', 'maxmemory', 0),
  },
  { name: 'flushed', begin: ({ redis }) => redis.command('FLUSHALL') },
  {
    name: 'replaced by an empty one',
    async begin({ redis }) {
      await redis.kill();
      await redis.restart('empty');
    },
  },
  {
    name: 'failed over to its replica',
    async begin({ redis, redisWays }) {
      await redis.kill();
      const old = await redis.promote();
      await wait(ELECTION_MS);
      for (const way of redisWays) way.pointTo(redis.primary().port);
      await redis.replace(old);
    },
  },
];
