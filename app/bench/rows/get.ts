import { call, createEntities, define } from '../client.ts';
import { type Bench, type EditionName, startFloor, startService } from '../editions.ts';
import { duel, duelRow } from '../load.ts';
import type { Pace } from '../options.ts';
import type { Row } from '../report.ts';
import { ENTITIES } from '../sample.ts';

const ENTITIES_ASKED_FOR = 100;

const LABELS = {
  Redis: 'GET of a cached entity through Redis, whole service, against express + ioredis',
  SQLite: 'GET of an entity, embedded edition, against express + node:sqlite',
  DynamoDB: 'GET of an uncached entity, DynamoDB, against express + GetItem',
};

/** The service and its floor give the same bytes; only what lies around them differs. */
export async function measureGet(bench: Bench, edition: EditionName, pace: Pace): Promise<Row> {
  const service = await startService(bench, edition, `get-${edition}`);
  await define(service.url);
  const entities = await createEntities(service.url, ENTITIES_ASKED_FOR);
  const floor = await startFloor(bench, edition, entities);
  await refuseDifference(floor.url, entities[0]!);
  if (edition === 'Redis') await refuseMiss(`${service.url}${ENTITIES}/${entities[0]!.uuid}`);
  const requests = entities.map(({ uuid }) => ({ method: 'GET' as const, path: `${ENTITIES}/${uuid}` }));
  const rounds = await duel({ server: service, requests }, { server: floor, requests }, pace);
  await service.stop();
  await floor.stop();
  const bytes = Buffer.byteLength(entities[0]!.body);
  return duelRow(`${LABELS[edition]} (${bytes} bytes)`, rounds, 0.8);
}

async function refuseDifference(
  floor: string,
  { uuid, body }: { uuid: string; body: string },
): Promise<void> {
  const { text } = await call(`${floor}${ENTITIES}/${uuid}`);
  if (text !== body) throw new Error(`the floor answers ${text} where the service answers ${body}`);
}

/** What is measured must be the cache: a read twice must be a hit. */
async function refuseMiss(url: string): Promise<void> {
  await call(url);
  const { headers } = await fetch(url);
  const status = headers.get('cache-status');
  if (status !== 'cadastre; hit') throw new Error(`the cache answers ${status}`);
}
