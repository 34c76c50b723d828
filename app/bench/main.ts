import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDynamoServer } from '../test/support/dynamo-server.ts';
import type { Bench } from './editions.ts';
import { machineFacts } from './machine.ts';
import { type Options, readOptions, type Section } from './options.ts';
import { markdown, publish, type Row } from './report.ts';
import { measureCreate } from './rows/create.ts';
import { measureGet } from './rows/get.ts';
import { measureSearch } from './rows/search.ts';

type Measure = (bench: Bench, options: Options) => Promise<Row[]>;

/** Each section in the order of the table. */
const SECTIONS: Partial<Record<Section, Measure>> = {
  get: async (bench, { pace }) => [
    await measureGet(bench, 'SQLite', pace),
    await measureGet(bench, 'DynamoDB', pace),
  ],
  create: async (bench, { pace }) => [
    await measureCreate(bench, 'DynamoDB', pace),
    await measureCreate(bench, 'SQLite', pace),
  ],
  search: async (bench, { searchSizes }) => [
    ...(await measureSearch(bench, 'SQLite', searchSizes.sqlite, true)),
    ...(await measureSearch(bench, 'DynamoDB', searchSizes.dynamo, false)),
  ],
};

async function run(options: Options): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'cadastre-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const dynamo = await startDynamoServer();
  const bench: Bench = { folder, endpoint: dynamo.endpoint, profile: options.profile };
  const rows: Row[] = [];
  try {
    for (const section of options.sections) {
      const started = performance.now();
      rows.push(...((await SECTIONS[section]?.(bench, options)) ?? []));
      console.error(`bench: ${section} took ${((performance.now() - started) / 1000).toFixed(1)} s`);
    }
  } finally {
    await dynamo.stop();
  }
  return rows;
}

const args = process.argv.slice(2);
const options = readOptions(args);
const facts = machineFacts(['node bench/main.ts', ...args].join(' '));
const rows = await run(options);
const text = `${facts}\n\n${markdown(rows)}`;
console.log(text);
if (options.publish) publish(text);
process.exit(rows.some((row) => row.verdict === 'wrong') ? 1 : 0);
