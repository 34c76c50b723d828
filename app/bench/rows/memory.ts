import { define, serves } from '../client.ts';
import { type Bench, startService } from '../editions.ts';
import type { Server } from '../processes.ts';
import { count, notMeasured, type Row } from '../report.ts';
import { DOWNLOAD, download, UPLOAD, upload } from '../transfers.ts';
import { residentBytes, residentDuring } from '../usage.ts';
import { growthRow, highest } from './growth.ts';

/** Rows after which the engine's page cache (64 MB) and the open cells (100,000) are full, and the heap has its size. */
const WARM_UP_ROWS = 300_000;

/** The highest resident set while rows pass through, against the highest while the service warmed up. */
export async function measureMemory(bench: Bench, rows: number): Promise<Row[]> {
  const works = [`resident set during an upload of ${count(rows)} rows`, 'and during their download'];
  if (Number.isNaN(residentBytes(process.pid))) return works.map((work) => notMeasured(work, 'needs Linux'));
  const service = await startService(bench, 'SQLite', 'memory');
  await define(service.url);
  const paths = [UPLOAD, DOWNLOAD];
  const served = await Promise.all(paths.map((path) => serves(service.url, path)));
  if (served.includes(false)) {
    await service.stop();
    return works.map((work) => notMeasured(work, 'no such route yet'));
  }
  const warm = await peakDuring(service, async () => {
    await upload(service.url, Math.min(rows, WARM_UP_ROWS));
    await download(service.url);
  });
  const uploading = await peakDuring(service, () => upload(service.url, rows));
  const downloading = await peakDuring(service, () => download(service.url));
  await service.stop();
  return [memoryRow(works[0]!, uploading, warm), memoryRow(works[1]!, downloading, warm)];
}

const peakDuring = async ({ pid }: Server, work: () => Promise<unknown>) =>
  highest(await residentDuring(pid, work));

function memoryRow(work: string, peak: number, warm: number): Row {
  return growthRow(`${work} (SQLite)`, { peak, before: warm, during: 'the warm-up' });
}
