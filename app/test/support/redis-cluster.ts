import { setTimeout as wait } from 'node:timers/promises';
import { freePort, type RedisServer, startRedis } from './redis-server.ts';

/** Redis servers that share the slots of one key space. */
export interface RedisCluster {
  readonly nodes: readonly RedisServer[];
  /** Where a client of the cluster begins. */
  readonly rootNodes: readonly { readonly host: string; readonly port: number }[];
  /**
   * Moves a slot from one node to another, by their positions, while clients go on. `midway` runs when the keys
   * have moved and the slot has not: the old node then answers ASK.
   */
  migrateSlot(slot: number, from: number, to: number, midway?: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

const SLOTS = 16_384;
const JOIN_MS = 15_000;
const MIGRATE_MS = 5_000;

/** Starts so many masters with an equal share of the slots; takes two seconds, which new masters wait by design. */
export async function startRedisCluster(
  masters = 3,
  config: Readonly<Record<string, string>> = {},
): Promise<RedisCluster> {
  const nodes: RedisServer[] = [];
  const stop = async () => void (await Promise.all(nodes.map((node) => node.stop())));
  try {
    const buses: number[] = [];
    for (let position = 0; position < masters; position += 1) {
      const bus = await freePort();
      buses.push(bus);
      nodes.push(await startRedis({ config: { ...clusterConfig(bus), ...config } }));
    }
    await join(nodes, buses);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    nodes,
    rootNodes: nodes.map(({ port }) => ({ host: '127.0.0.1', port })),
    migrateSlot: (slot, from, to, midway) => migrate(nodes, slot, from, to, midway),
    stop,
  };
}

function clusterConfig(bus: number): Record<string, string> {
  return { 'cluster-enabled': 'yes', 'cluster-port': String(bus), 'cluster-node-timeout': '2000' };
}

async function join(nodes: readonly RedisServer[], buses: readonly number[]): Promise<void> {
  const first = nodes[0]!;
  const edge = (position: number) => Math.floor((position * SLOTS) / nodes.length);
  for (const [position, node] of nodes.entries()) {
    await node.command('CLUSTER', 'SET-CONFIG-EPOCH', position + 1);
    await node.command('CLUSTER', 'ADDSLOTSRANGE', edge(position), edge(position + 1) - 1);
    if (position > 0) await first.command('CLUSTER', 'MEET', '127.0.0.1', node.port, buses[position]!);
  }
  const deadline = Date.now() + JOIN_MS;
  for (const node of nodes) await untilJoined(node, nodes.length, deadline);
}

async function untilJoined(node: RedisServer, count: number, deadline: number): Promise<void> {
  for (;;) {
    const info = String(await node.command('CLUSTER', 'INFO'));
    if (info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${count}\r`)) return;
    if (Date.now() > deadline) throw new Error(`The Redis cluster does not come together:\n${info}`);
    await wait(20);
  }
}

async function migrate(
  nodes: readonly RedisServer[],
  slot: number,
  from: number,
  to: number,
  midway?: () => Promise<void>,
): Promise<void> {
  const [source, target] = [nodes[from]!, nodes[to]!];
  const [sourceId, targetId] = await Promise.all(
    [source, target].map((node) => node.command('CLUSTER', 'MYID')),
  );
  await target.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', String(sourceId));
  await source.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', String(targetId));
  for (;;) {
    const keys = (await source.command('CLUSTER', 'GETKEYSINSLOT', slot, 100)) as string[];
    if (keys.length === 0) break;
    await source.command('MIGRATE', '127.0.0.1', target.port, '', 0, MIGRATE_MS, 'KEYS', ...keys);
  }
  await midway?.();
  const others = nodes.filter((node) => node !== source && node !== target);
  for (const node of [target, source, ...others]) {
    await node.command('CLUSTER', 'SETSLOT', slot, 'NODE', String(targetId));
  }
}
