import { createEntities, define } from '../client.ts';
import { type Bench, type EditionName, startService } from '../editions.ts';
import { shoot } from '../load.ts';
import { count, notMeasured, type Row } from '../report.ts';
import { ENTITIES, fieldsOf } from '../sample.ts';
import { residentBytes, residentDuring } from '../usage.ts';
import { growthRow, highest } from './growth.ts';

const KNOWN = 500;
/** Of twenty requests one lists, one searches, one changes, one creates, and the others read. */
const READS = 16;
/** By then the heap, the page cache of the engine and all that is bounded by number have their size. */
const LONG_MINUTES = 10;
const JSON_BODY = { 'content-type': 'application/json' };

/** The highest resident set in the second half of a long run of mixed requests, against the highest in the first. */
export async function measureSoak(bench: Bench, edition: EditionName, minutes: number): Promise<Row> {
  const work = `resident set under mixed requests for ${minutes} min, ${edition}`;
  if (Number.isNaN(residentBytes(process.pid))) return notMeasured(work, 'needs Linux');
  const service = await startService(bench, edition, `soak-${edition}`);
  await define(service.url);
  const entities = await createEntities(service.url, KNOWN);
  const requests = entities.flatMap(({ uuid }, n) => mixFor(uuid, n));
  let answered = 0;
  const samples = await residentDuring(service.pid, async () => {
    ({ good: answered } = await shoot({ server: service, requests }, minutes * 60));
  });
  await service.stop();
  const half = samples.length / 2;
  const row = growthRow(`${work} (${count(answered)} requests)`, {
    peak: highest(samples.slice(half)),
    before: highest(samples.slice(0, half)),
    during: 'the first half',
  });
  return minutes < LONG_MINUTES ? { ...row, target: '', verdict: 'information' } : row;
}

function mixFor(uuid: string, n: number) {
  const at = `${ENTITIES}/${uuid}`;
  const write = (method: 'PATCH' | 'POST', path: string, fields: object) => ({
    method,
    path,
    headers: JSON_BODY,
    body: JSON.stringify({ fields }),
  });
  const { city, state } = fieldsOf(n);
  return [
    ...Array.from({ length: READS }, () => ({ method: 'GET' as const, path: at })),
    { method: 'GET' as const, path: `${ENTITIES}?limit=20` },
    { method: 'GET' as const, path: `${ENTITIES}/search?fields=city=${city},state=${state}&limit=20` },
    write('PATCH', at, { note: `Looked at it for the ${n}th time.` }),
    write('POST', ENTITIES, fieldsOf(KNOWN + n)),
  ];
}
