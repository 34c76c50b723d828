import { dynamoClient } from '../src/adapters/dynamo/client.ts';
import { createDynamoTable } from '../src/adapters/dynamo/table.ts';
import { createRedisCells } from '../src/adapters/redis/cells.ts';
import { standardOutput } from '../src/adapters/standard-output.ts';
import { createWinstonLog } from '../src/adapters/winston.ts';
import { compose } from '../src/compose.ts';
import { readSettings, type Settings } from '../src/config.ts';
import { type Clock, type Log, silentMeter, systemClock } from '../src/kernel/ports.ts';
import type { Table } from '../src/table/table.ts';
import { createFailpoints, type Failpoint, failingCells, failingTable } from './failpoints.ts';
import { MUTANTS } from './mutants.ts';
import { now } from './random.ts';

/** What the parent asks of this process. */
export type Order =
  | { readonly arm: Failpoint | null }
  | { readonly block: number }
  | { readonly shift: number };

/** What this process tells its parent: that it listens, or that a write to these scopes was recorded, not fenced. */
export type News = { readonly ready: number } | { readonly recorded: readonly string[]; readonly at: number };

const tell = (news: News) => process.send?.(news);
const points = createFailpoints(() => process.kill(process.pid, 'SIGKILL'));
const mutant = MUTANTS[process.env.CHAOS_MUTANT ?? ''] ?? {};

let shiftMs = 0;
const clock: Clock = { ...systemClock, now: () => Date.now() + shiftMs };

process.on('message', (order: Order) => {
  if ('arm' in order) points.arm(order.arm ?? undefined);
  if ('shift' in order) shiftMs = order.shift;
  if ('block' in order) for (const end = now() + order.block; now() < end; );
});
process.on('disconnect', () => process.exit());

/** The table as the service opens it, with what goes wrong in this process around it. */
function openTable({ DYNAMODB_ENDPOINT: endpoint, DYNAMODB_TABLE: name }: Settings): Table {
  const client = dynamoClient({ region: 'us-east-1', endpoint, env: {} });
  mutant.client?.(client);
  const table = createDynamoTable({ client, name, clock, meter: silentMeter });
  return telling(failingTable(mutant.table?.(table) ?? table, points));
}

/** The checker must know which writes nobody was kept from missing for a moment. */
function telling(table: Table): Table {
  return {
    ...table,
    write(actions) {
      for (const action of actions) {
        if (action.type !== 'put' || action.item.kind !== 'dirty') continue;
        tell({ recorded: action.item.scopes as string[], at: now() });
      }
      return table.write(actions);
    },
  };
}

function openCells({ CACHE, REDIS_URL: url = '', DYNAMODB_TABLE: namespace }: Settings, log: Log) {
  if (CACHE !== 'redis') return undefined;
  const cells = createRedisCells({ url, mode: 'single', namespace, log });
  return failingCells(mutant.cells?.(cells) ?? cells, points);
}

async function main(): Promise<void> {
  const settings = readSettings(process.env);
  const log = createWinstonLog({ level: settings.LOG_LEVEL, now: Date.now, out: standardOutput() });
  const cells = openCells(settings, log);
  const table = openTable(settings);
  const surroundings = { version: '0.0.0', log, env: {}, clock, table, ...(cells && { cells }) };
  const service = await compose(settings, surroundings);
  const served = await service.listen();
  process.once('SIGTERM', async () => {
    await served.stop();
    await service.close();
    process.exit();
  });
  tell({ ready: served.port });
}

main().catch((error) => {
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
  process.exit(1);
});
