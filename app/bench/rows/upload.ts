import { define, serves } from '../client.ts';
import { type Bench, databaseOf, type EditionName, startService } from '../editions.ts';
import { openStore as openDynamo } from '../floors/dynamo-store.ts';
import { newEntity } from '../floors/items.ts';
import { openStore as openSqlite } from '../floors/sqlite-store.ts';
import { count, notMeasured, type Row } from '../report.ts';
import { fieldsOf } from '../sample.ts';
import { median, spread } from '../stats.ts';
import { UPLOAD, upload } from '../transfers.ts';

/** A transaction of 100 actions holds 25 entities of 2 + k items, and the service has 8 of them on their way. */
const IN_FLIGHT = 8;
const TOGETHER = { SQLite: 25 * IN_FLIGHT, DynamoDB: 25 };

/** SQLite does one thing at a time, so there what the service has on its way is one commit. */
const ABOUT = {
  SQLite: `a loop that inserts the same items, ${TOGETHER.SQLite} entities a commit`,
  DynamoDB: `a loop that sends the same items, ${TOGETHER.DynamoDB} entities a transaction, ${IN_FLIGHT} at a time`,
};

/** An upload over HTTP against a loop that has the items at hand. */
export async function measureUpload(
  bench: Bench,
  edition: Exclude<EditionName, 'Redis'>,
  rows: number,
  pairs: number,
): Promise<Row> {
  const work = `upload of ${count(rows)} rows of NDJSON (k = 2), ${edition}, against ${ABOUT[edition]}`;
  const service = await startService(bench, edition, `upload-${edition}`);
  await define(service.url);
  if (!(await serves(service.url, UPLOAD))) {
    await service.stop();
    return notMeasured(work, 'no such route yet');
  }
  const write = await openFloor(bench, edition);
  const figures = { service: [] as number[], floor: [] as number[] };
  for (let pair = 0; pair <= pairs; pair++) {
    const ours = await perSecond(rows, () => upload(service.url, rows));
    const theirs = await perSecond(rows, () => writeAll(write, rows, TOGETHER[edition]));
    if (pair === 0) continue; // warms up
    figures.service.push(ours);
    figures.floor.push(theirs);
  }
  await service.stop();
  const ratios = figures.service.map((ours, i) => ours / figures.floor[i]!);
  return {
    work,
    measured: `${count(median(figures.service))} rows/s`,
    floor: `${count(median(figures.floor))} rows/s`,
    ratio: `${median(ratios).toFixed(2)} (${spread(ratios)})`,
    target: 'at least 0.50',
    verdict: median(ratios) >= 0.5 ? 'pass' : 'short',
  };
}

type Write = (items: readonly { readonly pk: string; readonly sk: string }[]) => void | Promise<void>;

async function openFloor(bench: Bench, edition: EditionName): Promise<Write> {
  if (edition === 'SQLite') return openSqlite(databaseOf(bench, 'floor-upload')).write;
  return (await openDynamo(bench.endpoint, 'floor-upload')).write;
}

async function writeAll(write: Write, rows: number, together: number): Promise<void> {
  let next = 0;
  async function work(): Promise<void> {
    while (next < rows) {
      const from = next;
      next += together;
      const size = Math.min(together, rows - from);
      await write(Array.from({ length: size }, (_, i) => newEntity(fieldsOf(from + i)).items).flat());
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, work));
}

async function perSecond(rows: number, run: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await run();
  return rows / ((performance.now() - started) / 1000);
}
