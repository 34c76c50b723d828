import { DatabaseSync } from 'node:sqlite';
import { define } from '../client.ts';
import { type Bench, databaseOf, type EditionName, startFloor, startService } from '../editions.ts';
import { duel, duelRow } from '../load.ts';
import type { Pace } from '../options.ts';
import type { Row } from '../report.ts';
import { ENTITIES, fieldsOf, TYPE } from '../sample.ts';

const BODIES = 100;

const LABELS = {
  SQLite:
    'create on SQLite (k = 2), against express + one transaction a request of the same rows, equally durable',
  DynamoDB: 'create through DynamoDB (k = 2), against express + one transaction of the same 4 items',
  Redis: 'the same with the scopes of each create fenced in Redis',
};
const TARGETS: Readonly<Record<EditionName, number | undefined>> = {
  SQLite: undefined,
  DynamoDB: 0.8,
  Redis: undefined,
};

/** Both take the same JSON, store the same items and answer the entity. */
export async function measureCreate(bench: Bench, edition: EditionName, pace: Pace): Promise<Row> {
  const about = `create-${edition}`;
  const [service, floor] = await Promise.all([
    startService(bench, edition, about),
    startFloor(bench, edition === 'Redis' ? 'DynamoDB' : edition),
  ]);
  await define(service.url);
  const requests = Array.from({ length: BODIES }, (_, n) => ({
    method: 'POST' as const,
    path: ENTITIES,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ fields: fieldsOf(n) }),
  }));
  const rounds = await duel({ server: service, requests }, { server: floor, requests }, pace);
  await service.stop();
  await floor.stop();
  if (edition === 'SQLite') refuseDifference(databaseOf(bench, about), floor.path);
  return duelRow(LABELS[edition], rounds, TARGETS[edition]);
}

/** The floor must write what the service writes, or the comparison means nothing. */
function refuseDifference(service: string, floor: string): void {
  const [ours, theirs] = [service, floor].map(itemsOfAnEntity);
  const close = Math.abs(ours!.bytes / theirs!.bytes - 1) < 0.02;
  if (ours!.rows === theirs!.rows && close) return;
  throw new Error(
    `the floor stores ${JSON.stringify(theirs)} where the service stores ${JSON.stringify(ours)}`,
  );
}

function itemsOfAnEntity(path: string): { rows: number; bytes: number } {
  const database = new DatabaseSync(path);
  const find = database.prepare(
    `SELECT count(*) AS rows, sum(length(pk) + length(sk) + length(item)) AS bytes FROM items WHERE pk LIKE ? OR sk LIKE ?`,
  );
  const first = database.prepare('SELECT sk FROM items WHERE pk = ? LIMIT 1').get(`default#type#${TYPE}#all`);
  const name = `%${first?.sk}`;
  const { rows, bytes } = find.get(name, name) as { rows: number; bytes: number };
  database.close();
  return { rows, bytes };
}
