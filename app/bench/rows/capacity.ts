import { dynamoClient } from '../../src/adapters/dynamo/client.ts';
import { ensureTable } from '../../src/adapters/dynamo/ensure-table.ts';
import { createDynamoTable } from '../../src/adapters/dynamo/table.ts';
import { compose } from '../../src/compose.ts';
import { readSettings } from '../../src/config.ts';
import { type Clock, silentLog, systemClock } from '../../src/kernel/ports.ts';
import type { Table } from '../../src/table/table.ts';
import { recordingMeter } from '../../test/support/recording-meter.ts';
import { call } from '../client.ts';
import type { Bench } from '../editions.ts';
import type { Row } from '../report.ts';
import { type Api, CACHED_CASES, CASES, type CapacityCase, prepare } from './capacity-cases.ts';

const TABLE = 'bench-capacity';

/** What each route costs, as the store reported it, beside what the design says. Items are below 1 KB. */
export async function measureCapacity(bench: Bench): Promise<Row[]> {
  const client = dynamoClient({ region: 'us-east-1', endpoint: bench.endpoint, env: {} });
  await ensureTable(client, TABLE);
  const meter = recordingMeter();
  const clock = standingClock();
  const table = createDynamoTable({ client, name: TABLE, clock, meter });
  const plain = await startOver(table, clock, { STORE: 'dynamodb', CACHE: 'off' });
  const made = await prepare(plain.api);
  const rows: Row[] = [];
  async function measure(one: CapacityCase, api: Api): Promise<void> {
    meter.reset();
    await one.send(api, made);
    rows.push(capacityRow(one, meter.units()));
  }
  for (const one of CASES) await measure(one, plain.api);
  await plain.stop();
  const cached = await startOver(table, clock, { CACHE: 'memory' });
  for (const one of CACHED_CASES) {
    await one.send(cached.api, made);
    await measure(one, cached.api);
  }
  await cached.stop();
  await table.close();
  return rows;
}

/** The service over a table that is measured. */
async function startOver(table: Table, clock: Clock, env: Readonly<Record<string, string>>) {
  const settings = readSettings({ NODE_ENV: 'test', PORT: '0', ...env });
  const service = await compose(settings, { version: '0.0.0', log: silentLog, env: {}, clock, table });
  const served = await service.listen();
  const api: Api = async (method, path, body) => {
    const { text } = await call(served.url + path, method, body);
    return text === '' ? undefined : JSON.parse(text);
  };
  async function stop(): Promise<void> {
    await served.stop();
    await service.close();
  }
  return { api, stop };
}

/** Time stands still, so that nothing that is remembered gets old and no background job reads. */
function standingClock(): Clock {
  const start = Date.now();
  return { now: () => start, sleep: systemClock.sleep };
}

function capacityRow(
  { work, read, write, because }: CapacityCase,
  units: { read: number; write: number },
): Row {
  const right = units.read === read && units.write === write;
  return {
    work: `capacity: ${work}`,
    measured: figures(units.read, units.write),
    floor: `${figures(read, write)}: ${because}`,
    ratio: right ? '1.00' : ((units.read + units.write) / (read + write)).toFixed(2),
    target: 'equal',
    verdict: right ? 'pass' : 'wrong',
  };
}

function figures(read: number, write: number): string {
  const parts = [read > 0 ? `${read} read` : '', write > 0 ? `${write} write` : ''];
  return parts.filter((part) => part !== '').join(' + ') || 'nothing';
}
