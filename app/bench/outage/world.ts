import { type RedisServer, startRedis } from '../../test/support/redis-server.ts';
import { startTcpProxy, type TcpProxy } from '../../test/support/tcp-proxy.ts';
import { type Bench, startService } from '../editions.ts';
import type { Server } from '../processes.ts';

/** Instances of the service over one table: one without a cache, two behind one Redis that has a replica. */
export interface World {
  readonly plain: Server;
  readonly cached: readonly Server[];
  /** The way of both instances to Redis. */
  readonly proxy: TcpProxy;
  redis: RedisServer;
  replica: RedisServer;
  stop(): Promise<void>;
}

/** One kind of trouble, which ends by itself or by `end`. */
export interface Outage {
  readonly name: string;
  begin(world: World): Promise<unknown>;
  end?(world: World): Promise<unknown>;
}

export async function startWorld(bench: Bench): Promise<World> {
  const redis = await startRedis();
  const replica = await startRedis({ replicaOf: redis });
  const proxy = await startTcpProxy(redis.port);
  const shared = { DYNAMODB_TABLE: 'bench-outage', REDIS_URL: `redis://127.0.0.1:${proxy.port}` };
  const plain = await startService(bench, 'DynamoDB', 'outage-plain', shared);
  const cached = [
    await startService(bench, 'Redis', 'outage-1', shared),
    await startService(bench, 'Redis', 'outage-2', shared),
  ];
  const world: World = {
    plain,
    cached,
    proxy,
    redis,
    replica,
    async stop() {
      for (const server of [plain, ...cached]) await server.stop();
      await proxy.close();
      for (const server of [world.redis, world.replica]) await server.stop();
    },
  };
  return world;
}

/** Starts an empty server where another one was. */
async function restart(world: World): Promise<void> {
  world.redis = await startRedis({ port: world.redis.port });
}

export const OUTAGES: readonly Outage[] = [
  { name: 'well', begin: async () => {} },
  { name: 'killed', begin: ({ redis }) => redis.kill(), end: restart },
  { name: 'paused', begin: async ({ redis }) => redis.pause(), end: async ({ redis }) => redis.resume() },
  { name: 'flushed', begin: ({ redis }) => redis.command('FLUSHALL') },
  {
    name: 'filled (refusing writes)',
    begin: ({ redis }) =>
      redis.command('CONFIG', 'SET', 'maxmemory', '1mb', 'maxmemory-policy', 'noeviction'),
    end: ({ redis }) => redis.command('CONFIG', 'SET', 'maxmemory', '0'),
  },
  {
    name: 'replaced by an empty one',
    async begin(world) {
      await world.redis.kill();
      await restart(world);
    },
  },
  {
    name: 'failed over to its replica',
    async begin(world) {
      await world.replica.command('REPLICAOF', '127.0.0.1', world.redis.port);
      await world.redis.kill();
      await world.replica.command('REPLICAOF', 'NO', 'ONE');
      world.proxy.pointTo(world.replica.port);
      [world.redis, world.replica] = [world.replica, world.redis];
    },
  },
];
