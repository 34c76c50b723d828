import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Server, serviceScript, startServer } from './processes.ts';

/** What one run keeps: its folder, the DynamoDB-compatible server, Redis, and where profiles go. */
export interface Bench {
  readonly folder: string;
  readonly endpoint: string;
  readonly redis: string;
  readonly profile: string | undefined;
}

/** A store; Redis stands for DynamoDB behind Redis. */
export type EditionName = 'SQLite' | 'DynamoDB' | 'Redis';

let serial = 0;

/** The service as it is run, its log in a file. Each has a store of its own unless `more` names another. */
export async function startService(
  bench: Bench,
  edition: EditionName,
  about: string,
  more: Readonly<Record<string, string>> = {},
): Promise<Server> {
  const env = settingsOf(bench, edition, about);
  const { profile } = bench;
  const flags =
    profile === undefined
      ? []
      : ['--cpu-prof', `--cpu-prof-dir=${profile}`, `--cpu-prof-name=${about}.cpuprofile`];
  const output = join(bench.folder, `${about}.log`);
  return startServer(serviceScript, { env: { ...env, ...more }, flags, output });
}

export const databaseOf = (bench: Bench, about: string) => join(bench.folder, `${about}.db`);

/** What is measured with DynamoDB is the way to the store, so it has no cache; with Redis, the way to the cache. */
function settingsOf(bench: Bench, edition: EditionName, about: string): Record<string, string> {
  if (edition === 'SQLite') return { SQLITE_PATH: databaseOf(bench, about) };
  return {
    STORE: 'dynamodb',
    DYNAMODB_ENDPOINT: bench.endpoint,
    DYNAMODB_TABLE: `bench-${about}`,
    AWS_REGION: 'us-east-1',
    ...(edition === 'Redis' ? { CACHE: 'redis', REDIS_URL: bench.redis } : { CACHE: 'off' }),
  };
}

const FLOORS: Readonly<Record<EditionName, string>> = {
  SQLite: 'sqlite.ts',
  DynamoDB: 'dynamo.ts',
  Redis: 'redis.ts',
};

/** The bare program for an edition, with a store of its own; `bodies` are what its GETs answer. */
export async function startFloor(
  bench: Bench,
  edition: EditionName,
  bodies: readonly { uuid: string; body: string }[] = [],
): Promise<Server & { readonly path: string }> {
  const name = `floor-${++serial}`;
  const list = join(bench.folder, `${name}.json`);
  const path = join(bench.folder, `${name}.db`);
  writeFileSync(list, JSON.stringify(bodies));
  const script = join(import.meta.dirname, 'floors', FLOORS[edition]);
  const env = {
    FLOOR_BODIES: list,
    FLOOR_PATH: path,
    FLOOR_TABLE: name,
    DYNAMODB_ENDPOINT: bench.endpoint,
    REDIS_URL: bench.redis,
  };
  return { ...(await startServer(script, { env })), path };
}
