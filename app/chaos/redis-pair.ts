import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort, type RedisServer, startRedis } from '../test/support/redis-server.ts';
import type { TcpFault } from '../test/support/tcp-lane.ts';
import { startTcpProxy } from '../test/support/tcp-proxy.ts';

/** A Redis primary with a replica behind a link that can be cut. Which server is which changes in a failover. */
export interface RedisPair {
  readonly primary: () => RedisServer;
  /** Says a command to the primary. */
  command(name: string, ...args: readonly (string | number)[]): Promise<unknown>;
  /** Ends the primary without warning. */
  kill(): Promise<void>;
  /** Brings it back at the same address: empty, or as it was when it was last saved. */
  restart(as: 'empty' | 'saved'): Promise<void>;
  cutLink(fault?: TcpFault): void;
  /** Makes the replica a primary; the old one goes on by itself. Answers the old one. */
  promote(): Promise<RedisServer>;
  /** Ends an old primary and gives the new one a replica again. */
  replace(old: RedisServer): Promise<void>;
  stop(): Promise<void>;
}

const CONFIG = { 'enable-debug-command': 'yes', 'repl-backlog-size': '16kb', hz: '50' };
const SYNC_MS = 5_000;

export async function startRedisPair(folder: string): Promise<RedisPair> {
  let count = 0;
  async function startServer(port: number, replicaOf?: number): Promise<RedisServer> {
    const dir = join(folder, `redis-${count++}`);
    await mkdir(dir);
    return startRedis({ port, dir, config: CONFIG, ...(replicaOf && { replicaOf: { port: replicaOf } }) });
  }

  let primary = await startServer(await freePort());
  const link = await startTcpProxy(primary.port);
  let replica = await startServer(await freePort(), link.port);

  async function restart(as: 'empty' | 'saved'): Promise<void> {
    if (as === 'empty') await rm(join(primary.dir, 'dump.rdb'), { force: true });
    primary = await startRedis({ port: primary.port, dir: primary.dir, config: CONFIG });
  }
  async function promote(): Promise<RedisServer> {
    const old = primary;
    await replica.command('REPLICAOF', 'NO', 'ONE');
    primary = replica;
    return old;
  }
  async function replace(old: RedisServer): Promise<void> {
    await old.stop();
    link.setFault();
    link.pointTo(primary.port);
    replica = await startServer(await freePort(), link.port);
    for (const deadline = Date.now() + SYNC_MS; Date.now() < deadline; await wait(20)) {
      if (String(await replica.command('INFO', 'replication')).includes('master_link_status:up')) return;
    }
  }
  return {
    primary: () => primary,
    command: (name, ...args) => primary.command(name, ...args),
    kill: () => primary.kill(),
    restart,
    cutLink: link.setFault,
    promote,
    replace,
    async stop() {
      await Promise.all([primary.stop(), replica.stop(), link.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
