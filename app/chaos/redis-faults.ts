import { setTimeout as wait } from 'node:timers/promises';
import type { Active, FaultKind } from './faults.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

type Begin = (world: World, random: Random) => Promise<() => Promise<void>>;

/** Something that happens to Redis itself. */
function redis(name: string, ms: FaultKind['ms'], begin: Begin, forgets = false): FaultKind {
  return {
    name,
    area: 'redis',
    ms,
    forgets,
    async begin(world, random): Promise<Active> {
      return { detail: '', end: await begin(world, random) };
    },
  };
}

const AGAIN_MS = 150;
/** The server ends the pause by itself: while it lasts it may take no command to end it. */
const PAUSE_MS = 3_000;
const FILLER_KEYS = 400;
const FILLER_BYTES = 2_000;
/** Keys that push others out, and that are soon gone. */
const FILL = `
for i = 1, ${FILLER_KEYS} do
  redis.call('SET', 'filler:' .. ARGV[1] .. ':' .. i, string.rep('x', ${FILLER_BYTES}), 'PX', 3000)
end`;

/** Does something again and again; nobody minds if it fails. */
function again(what: () => Promise<unknown>): () => Promise<void> {
  let isOver = false;
  const running = (async () => {
    while (!isOver) {
      await what().catch(() => {});
      await wait(AGAIN_MS);
    }
  })();
  return async () => {
    isOver = true;
    await running;
  };
}

const flushed: Begin = async ({ redis }) => again(() => redis.command('FLUSHALL'));
const scriptsFlushed: Begin = async ({ redis }) => again(() => redis.command('SCRIPT', 'FLUSH'));

const paused: Begin = async ({ redis }, random) => {
  await redis.command('CLIENT', 'PAUSE', PAUSE_MS, random.pick(['ALL', 'WRITE']));
  return async () => void (await redis.command('CLIENT', 'UNPAUSE').catch(() => {}));
};

const asleep: Begin = async ({ redis }) => {
  const slept = redis.command('DEBUG', 'SLEEP', 2).catch(() => {});
  return async () => void (await slept);
};

const stopped: Begin = async ({ redis }) => {
  const server = redis.primary();
  server.pause();
  return async () => server.resume();
};

const restartedEmpty: Begin = async ({ redis }) => {
  await redis.kill();
  return () => redis.restart('empty');
};

/** What it knew a while ago is there again. */
const restartedOld: Begin = async ({ redis }, random) => {
  await redis.command('SAVE');
  await wait(random.between(500, 2_000));
  await redis.kill();
  return () => redis.restart('saved');
};

const evicting: Begin = async ({ redis }) => {
  await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-random');
  await redis.command('CONFIG', 'SET', 'maxmemory', '2mb');
  let round = 0;
  const stop = again(() => redis.command('EVAL', FILL, 0, ++round));
  return async () => {
    await stop();
    await redis.command('CONFIG', 'SET', 'maxmemory', 0);
    await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
  };
};

const full: Begin = async ({ redis }) => {
  await redis.command('CONFIG', 'SET', 'maxmemory', '1mb');
  return async () => void (await redis.command('CONFIG', 'SET', 'maxmemory', 0));
};

/**
 * The replica, which lags behind, becomes the primary; the instances learn of it one after the other. The old
 * primary is dead from the start, or serves who is still connected to it until the end.
 */
const failedOver: Begin = async ({ redis, redisWays }, random) => {
  redis.cutLink('blackhole');
  await wait(random.between(1_000, 5_000));
  const isDead = random() < 0.5;
  if (isDead) await redis.kill();
  const old = await redis.promote();
  for (const way of random.shuffled(redisWays)) {
    await wait(random.between(0, 800));
    way.pointTo(redis.primary().port);
  }
  return () => redis.replace(old);
};

export const REDIS_FAULTS: readonly FaultKind[] = [
  redis('redis flushed', [300, 2_000], flushed, true),
  redis('redis scripts flushed', [500, 2_000], scriptsFlushed),
  redis('redis pauses clients', [500, PAUSE_MS], paused),
  redis('redis asleep', [2_000, 2_000], asleep),
  redis('redis stopped', [1_000, 4_000], stopped),
  redis('redis restarted empty', [200, 2_000], restartedEmpty, true),
  redis('redis restarted old', [200, 1_000], restartedOld, true),
  redis('redis evicts', [1_000, 5_000], evicting, true),
  redis('redis full', [1_000, 4_000], full, true),
  redis('redis failed over', [300, 1_500], failedOver, true),
];
