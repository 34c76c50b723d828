import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDynamoServer } from '../test/support/dynamo-server.ts';
import { startRedis } from '../test/support/redis-server.ts';
import type { Bench } from './editions.ts';
import { machineFacts } from './machine.ts';
import { type Options, readOptions, type Section } from './options.ts';
import { hottest } from './profile.ts';
import { markdown, publish, type Row } from './report.ts';
import { measureCapacity } from './rows/capacity.ts';
import { measureCreate } from './rows/create.ts';
import { measureGet } from './rows/get.ts';
import { measureMemory } from './rows/memory.ts';
import { measureSearch } from './rows/search.ts';
import { measureSoak } from './rows/soak.ts';
import { measureUpload } from './rows/upload.ts';

type Measure = (bench: Bench, options: Options) => Promise<Row[]>;

const SECTIONS: Readonly<Record<Section, Measure>> = {
  get: async (bench, { pace }) => [
    await measureGet(bench, 'Redis', pace),
    await measureGet(bench, 'SQLite', pace),
    await measureGet(bench, 'DynamoDB', pace),
  ],
  create: async (bench, { pace }) => [
    await measureCreate(bench, 'DynamoDB', pace),
    await measureCreate(bench, 'Redis', pace),
    await measureCreate(bench, 'SQLite', pace),
  ],
  search: async (bench, { search }) => [
    ...(await measureSearch(bench, 'SQLite', search.sqlite, true)),
    ...(search.dynamo ? await measureSearch(bench, 'DynamoDB', search.dynamo, false) : []),
  ],
  upload: async (bench, { upload }) => [
    await measureUpload(bench, 'SQLite', upload.sqlite, upload.pairs),
    await measureUpload(bench, 'DynamoDB', upload.dynamo, upload.pairs),
  ],
  capacity: measureCapacity,
  memory: (bench, { memoryRows }) => measureMemory(bench, memoryRows),
  soak: async (bench, { soakMinutes }) => [
    await measureSoak(bench, 'SQLite', soakMinutes),
    await measureSoak(bench, 'Redis', soakMinutes),
  ],
};

async function run(options: Options): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'cadastre-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const dynamo = await startDynamoServer();
  process.once('exit', () => void dynamo.stop());
  const redis = await startRedis();
  process.once('exit', () => void redis.stop());
  const bench: Bench = { folder, endpoint: dynamo.endpoint, redis: redis.url, profile: options.profile };
  const rows: Row[] = [];
  try {
    for (const section of options.sections) {
      const started = performance.now();
      rows.push(...(await SECTIONS[section](bench, options)));
      console.error(`bench: ${section} took ${((performance.now() - started) / 1000).toFixed(1)} s`);
    }
  } finally {
    await dynamo.stop();
    await redis.stop();
  }
  if (options.profile !== undefined) printProfiles(options.profile);
  return rows;
}

function printProfiles(folder: string): void {
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.cpuprofile'))) {
    console.log(`\n${name}\n${hottest(join(folder, name))}`);
  }
}

const args = process.argv.slice(2);
const options = readOptions(args);
const facts = machineFacts(['node bench/main.ts', ...args].join(' '));
const rows = await run(options);
const text = `${facts}\n\n${markdown(rows)}`;
console.log(text);
if (options.publish) publish(text);
process.exit(rows.some((row) => row.verdict === 'wrong') ? 1 : 0);
