import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dynamoClient } from '../src/adapters/dynamo/client.ts';
import { ensureTable } from '../src/adapters/dynamo/ensure-table.ts';
import { createDynamoTable } from '../src/adapters/dynamo/table.ts';
import { silentMeter, systemClock } from '../src/kernel/ports.ts';
import type { Table } from '../src/table/table.ts';
import { type DynamoFaults, type DynamoFront, startDynamoFront } from '../test/support/dynamo-front.ts';
import { startDynamoServer } from '../test/support/dynamo-server.ts';
import { freePort } from '../test/support/redis-server.ts';
import { startTcpProxy, type TcpProxy } from '../test/support/tcp-proxy.ts';
import { makeCredentials } from './credentials.ts';
import { createInstance, type Instance } from './instance.ts';
import { type RedisPair, startRedisPair } from './redis-pair.ts';

export interface WorldOptions {
  readonly instances: number;
  readonly seed: number;
  readonly mutant?: string | undefined;
  /** Settings of the service beyond those that lead it to its dependencies. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Everything that runs: instances, each with ways of its own to Redis and to the store, and those two. */
export interface World {
  readonly instances: readonly Instance[];
  readonly redis: RedisPair;
  /** The ways to Redis and to the store, one for each instance. */
  readonly redisWays: readonly TcpProxy[];
  readonly storeWays: readonly TcpProxy[];
  readonly front: DynamoFront;
  /** The store itself, past all that goes wrong on the way to it. */
  readonly store: Table;
  /** Header of a user who may write what others may not. */
  readonly authorization: string;
  /** Where the instances log to. */
  readonly folder: string;
  /** Writes of which the readers learn by a record, as the instances tell. */
  readonly recorded: readonly Recorded[];
  /** Faults of the store from now on, beside those that it always has. */
  disturbStore(faults: DynamoFaults): void;
  stop(): Promise<void>;
}

export interface Recorded {
  readonly instance: number;
  readonly scopes: readonly string[];
  readonly at: number;
}

const TABLE = 'chaos';
/** Whoever forgets to insist on the newest sees the past. */
const ALWAYS: DynamoFaults = { staleRead: 1 };

export async function startWorld(options: WorldOptions): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'cadastre-chaos-'));
  const closing: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const close of closing.reverse()) await close();
  };
  try {
    return { ...(await build(options, folder, closing)), folder, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function build(
  { instances: count, seed, mutant = '', env = {} }: WorldOptions,
  folder: string,
  closing: (() => Promise<unknown>)[],
): Promise<Omit<World, 'stop' | 'folder'>> {
  const engine = await startDynamoServer();
  closing.push(engine.stop);
  const store = await openStore(engine.endpoint);
  closing.push(store.close);
  const { CACHE: _cache, REDIS_URL: _url, ...plain } = settingsFor(0, Number(new URL(engine.endpoint).port));
  const authorization = await makeCredentials({ ...plain, CACHE: 'off' });
  const front = await startDynamoFront(engine.endpoint, { seed });
  closing.push(front.close);
  front.setFaults(ALWAYS);
  await mkdir(join(folder, 'redis'));
  const redis = await startRedisPair(join(folder, 'redis'));
  closing.push(redis.stop);

  const recorded: Recorded[] = [];
  const redisWays: TcpProxy[] = [];
  const storeWays: TcpProxy[] = [];
  const instances: Instance[] = [];
  for (let index = 0; index < count; index++) {
    const toRedis = await startTcpProxy(redis.primary().port);
    const toStore = await startTcpProxy(front.port);
    closing.push(toRedis.close, toStore.close);
    redisWays.push(toRedis);
    storeWays.push(toStore);
    const settings = { ...settingsFor(toRedis.port, toStore.port), CHAOS_MUTANT: mutant, ...env };
    const onRecorded = (scopes: readonly string[], at: number) =>
      void recorded.push({ instance: index, scopes, at });
    const log = join(folder, `instance-${index}.log`);
    const instance = createInstance({ index, port: await freePort(), env: settings, log, onRecorded });
    instances.push(instance);
    closing.push(instance.kill);
  }
  await Promise.all(instances.map((instance) => instance.start()));
  const disturbStore = (faults: DynamoFaults) => front.setFaults({ ...ALWAYS, ...faults });
  return { instances, redis, redisWays, storeWays, front, store, authorization, recorded, disturbStore };
}

async function openStore(endpoint: string): Promise<Table> {
  const client = dynamoClient({ region: 'us-east-1', endpoint, env: {} });
  await ensureTable(client, TABLE);
  return createDynamoTable({ client, name: TABLE, clock: systemClock, meter: silentMeter });
}

function settingsFor(redisPort: number, storePort: number): Record<string, string> {
  return {
    HOST: '127.0.0.1',
    STORE: 'dynamodb',
    DYNAMODB_ENDPOINT: `http://127.0.0.1:${storePort}`,
    DYNAMODB_TABLE: TABLE,
    CACHE: 'redis',
    REDIS_URL: `redis://127.0.0.1:${redisPort}`,
    CURSOR_SECRET: 'the same on every instance of this run',
    ANONYMOUS_ROLE: 'editor',
    LOG_LEVEL: 'error',
    DOCS: 'off',
    KEEP_ALIVE_MS: '75000',
  };
}
