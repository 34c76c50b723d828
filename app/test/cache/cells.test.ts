import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createMemoryCells } from '../../src/adapters/memory/cells.ts';
import { createRedisCells, type RedisCellsOptions } from '../../src/adapters/redis/cells.ts';
import type { Cells } from '../../src/cache/cells.ts';
import { newUuid } from '../../src/kernel/ids.ts';
import { silentLog } from '../../src/kernel/ports.ts';
import { cellsContract } from '../contract/cells-contract.ts';
import { eventually } from '../support/eventually.ts';
import { startRedisCluster } from '../support/redis-cluster.ts';
import { redisUrl, startRedis } from '../support/redis-server.ts';

cellsContract('memory', async () => {
  const cells = createMemoryCells({ maxBytes: 1_000_000, ticks: () => performance.now() });
  return { cells, close: () => cells.close() };
});

cellsContract('Redis', async () => {
  const cells = await connected({ url: redisUrl(), mode: 'single' });
  return { cells, close: () => cells.close() };
});

cellsContract('Redis with TLS and a password', async () => {
  const server = await startRedis({ tls: true, password: 'sample: word/with@signs' });
  const caFile = join(server.dir, 'trusted.pem');
  writeFileSync(caFile, server.ca!);
  const cells = await connected({ url: server.url, mode: 'single', caFile });
  return { cells, close: () => closeAll(cells, server) };
});

cellsContract('a Redis cluster', async () => {
  const cluster = await startRedisCluster();
  const cells = await connected({ url: cluster.nodes[0]!.url, mode: 'cluster' });
  return { cells, close: () => closeAll(cells, cluster) };
});

async function connected(options: Pick<RedisCellsOptions, 'url' | 'mode' | 'caFile'>): Promise<Cells> {
  const cells = createRedisCells({ ...options, namespace: `test-${newUuid(Date.now())}`, log: silentLog });
  await eventually(() => cells.incarnation() !== undefined);
  return cells;
}

async function closeAll(cells: Cells, server: { stop(): Promise<void> }): Promise<void> {
  await cells.close();
  await server.stop();
}
