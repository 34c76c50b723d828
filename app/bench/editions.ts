import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Server, serviceScript, startServer } from './processes.ts';

/** What one run keeps: its folder, the DynamoDB-compatible server, and where profiles go. */
export interface Bench {
  readonly folder: string;
  readonly endpoint: string;
  readonly profile: string | undefined;
}

export type EditionName = 'SQLite' | 'DynamoDB';

let serial = 0;

/** The service as it is run, its log in a file. Each has a store of its own unless `more` names another. */
export async function startService(
  bench: Bench,
  edition: EditionName,
  about: string,
  more: Readonly<Record<string, string>> = {},
): Promise<Server> {
  const env = edition === 'SQLite' ? { SQLITE_PATH: databaseOf(bench, about) } : dynamoSettings(bench, about);
  const { profile } = bench;
  const flags =
    profile === undefined
      ? []
      : ['--cpu-prof', `--cpu-prof-dir=${profile}`, `--cpu-prof-name=${about}.cpuprofile`];
  const output = join(bench.folder, `${about}.log`);
  return startServer(serviceScript, { env: { ...env, ...more }, flags, output });
}

export const databaseOf = (bench: Bench, about: string) => join(bench.folder, `${about}.db`);

/** Without a cache: what is measured with DynamoDB is the way to the store. */
function dynamoSettings({ endpoint }: Bench, about: string): Record<string, string> {
  return {
    STORE: 'dynamodb',
    DYNAMODB_ENDPOINT: endpoint,
    DYNAMODB_TABLE: `bench-${about}`,
    AWS_REGION: 'us-east-1',
    CACHE: 'off',
  };
}

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
  const script = join(import.meta.dirname, 'floors', edition === 'SQLite' ? 'sqlite.ts' : 'dynamo.ts');
  const env = { FLOOR_BODIES: list, FLOOR_PATH: path, FLOOR_TABLE: name, DYNAMODB_ENDPOINT: bench.endpoint };
  return { ...(await startServer(script, { env })), path };
}
