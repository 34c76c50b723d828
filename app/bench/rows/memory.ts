import { define, serves } from '../client.ts';
import { type Bench, startService } from '../editions.ts';
import type { Server } from '../processes.ts';
import { count, notMeasured, type Row } from '../report.ts';
import { DOWNLOAD, download, UPLOAD, upload } from '../transfers.ts';
import { residentBytes } from '../usage.ts';

const SAMPLE_MS = 100;
const MOST_GROWTH = 0.1;
/** Rows after which the engine's page cache (64 MB) is full and the code is compiled. */
const WARM_UP_ROWS = 50_000;
const MB = 2 ** 20;

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

async function peakDuring(server: Server, work: () => Promise<unknown>): Promise<number> {
  let peak = residentBytes(server.pid);
  const timer = setInterval(() => {
    peak = Math.max(peak, residentBytes(server.pid));
  }, SAMPLE_MS);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return peak;
}

function memoryRow(work: string, peak: number, warm: number): Row {
  const growth = peak / warm - 1;
  return {
    work: `${work} (SQLite)`,
    measured: `at most ${count(peak / MB)} MB`,
    floor: `at most ${count(warm / MB)} MB while it warmed up`,
    ratio: `${growth < 0 ? '' : '+'}${(growth * 100).toFixed(1)}%`,
    target: `under +${MOST_GROWTH * 100}%`,
    verdict: growth < MOST_GROWTH ? 'pass' : 'short',
  };
}
