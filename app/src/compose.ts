import { createHash } from 'node:crypto';
import type { Express } from 'express';
import { dynamoClient } from './adapters/dynamo/client.ts';
import { ensureTable } from './adapters/dynamo/ensure-table.ts';
import { createDynamoTable } from './adapters/dynamo/table.ts';
import { createPromMetrics } from './adapters/prom.ts';
import { createSqliteTable } from './adapters/sqlite/table.ts';
import type { Cells } from './cache/cells.ts';
import { composeCache } from './compose-cache.ts';
import { composeLimiter } from './compose-limits.ts';
import type { Settings } from './config.ts';
import { createDomains } from './domains/index.ts';
import { createApp } from './http/app.ts';
import { watchEventLoop } from './http/event-loop.ts';
import { createLifecycle } from './http/lifecycle.ts';
import { type Served, serve } from './http/server.ts';
import { repeat } from './jobs/repeat.ts';
import { type Actor, DEFAULT_ORGANISATION } from './kernel/actor.ts';
import { type Clock, type Log, type Meter, systemClock } from './kernel/ports.ts';
import { createCursors, sharedSecret } from './table/cursor.ts';
import { key } from './table/keys.ts';
import type { Table } from './table/table.ts';
import { timed } from './table/timed.ts';

/** What `compose` takes from outside the settings; tests bring their own. */
export interface Surroundings {
  readonly version: string;
  readonly log: Log;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
  /** A table to use in place of the one that the settings name; it stays open. */
  readonly table?: Table;
  /** Cells to use in place of those of the cache that the settings name. */
  readonly cells?: Cells;
}

export interface Service {
  readonly app: Express;
  listen(): Promise<Served>;
  /** Stops background work and closes what was opened, in reverse order. */
  close(): Promise<void>;
}

const RESUME_EVERY_MS = 60_000;

/** The composition root: builds every part by hand and joins them. */
export async function compose(settings: Settings, surroundings: Surroundings): Promise<Service> {
  const { log, env, version, clock = systemClock } = surroundings;
  const metrics = createPromMetrics();
  const engine = surroundings.table ?? (await openTable(settings, env, clock, metrics.meter));
  const store = timed(engine, metrics.meter);
  const { cells } = surroundings;
  const cache = await composeCache({
    settings,
    version,
    table: store,
    clock,
    log,
    meter: metrics.meter,
    cells,
  });
  const limiter = await composeLimiter({ settings, table: store, clock, log, meter: metrics.meter });
  const { table, makeMemo, settle } = cache;
  const cursors = createCursors(await cursorSecret(settings, table), clock);
  const { domains, runtimeTypes, resume } = createDomains({ table, clock, log, cursors, makeMemo, settle });
  const anonymous: Actor = {
    id: 'anonymous',
    organisation: DEFAULT_ORGANISATION,
    role: settings.ANONYMOUS_ROLE,
  };
  const lifecycle = createLifecycle();
  const loop = watchEventLoop(clock.now);
  const parts = { settings, lifecycle, clock, log, meter: metrics.meter };
  const app = createApp({
    ...parts,
    domains,
    authenticate: () => anonymous,
    cache: cache.reads,
    limiter,
    checks: [{ name: 'store', required: true, probe: () => probe(store) }, ...cache.checks],
    metrics,
    loop,
    version,
    runtimeTypes,
  });
  const resuming = repeat('resume deletions', RESUME_EVERY_MS, resume, clock, log);
  return {
    app,
    listen: () => serve(app, parts),
    async close() {
      await resuming.stop();
      loop.stop();
      await limiter?.close();
      await cache.close();
      if (!surroundings.table) await store.close();
    },
  };
}

async function openTable(
  settings: Settings,
  env: Surroundings['env'],
  clock: Clock,
  meter: Meter,
): Promise<Table> {
  if (settings.STORE === 'sqlite') return createSqliteTable({ path: settings.SQLITE_PATH, clock, meter });
  const { AWS_REGION: region = 'us-east-1', DYNAMODB_ENDPOINT: endpoint, DYNAMODB_TABLE: name } = settings;
  const client = dynamoClient({ region, endpoint, env });
  // A local engine starts empty; in AWS the table is made by whoever owns the account.
  if (endpoint !== undefined) await ensureTable(client, name);
  return createDynamoTable({ client, name, clock, meter });
}

async function cursorSecret(settings: Settings, table: Table): Promise<Buffer> {
  const { CURSOR_SECRET: given } = settings;
  return given === undefined ? sharedSecret(table, 'cursors') : createHash('sha256').update(given).digest();
}

/** One small read: the store answers, and with it the network and the credentials. */
async function probe(table: Table): Promise<void> {
  await table.get({ pk: key('system', 'probe'), sk: 'probe' });
}
