import type { Express } from 'express';
import { deliverChanges } from './compose-consumers.ts';
import { composeCore, type Surroundings } from './compose-core.ts';
import { composeLimiter } from './compose-limits.ts';
import type { Settings } from './config.ts';
import type { Accounts } from './domains/accounts/index.ts';
import { createApp } from './http/app.ts';
import { watchEventLoop } from './http/event-loop.ts';
import { createLifecycle } from './http/lifecycle.ts';
import { type Served, serve } from './http/server.ts';
import { repeat } from './jobs/repeat.ts';
import { probe } from './table/probe.ts';

export interface Service {
  readonly app: Express;
  readonly firstUser: Accounts['firstUser'];
  listen(): Promise<Served>;
  /** Stops background work and closes what was opened, in reverse order. */
  close(): Promise<void>;
}

const RESUME_EVERY_MS = 60_000;
const PREPARE_EVERY_MS = 5_000;
const MIGRATE_EVERY_MS = 5_000;
const CLEAR_EVERY_MS = 5_000;
const TEND_EVERY_MS = 60_000;

/** The composition root: builds every part by hand and joins them. */
export async function compose(settings: Settings, surroundings: Surroundings): Promise<Service> {
  const { log, version } = surroundings;
  const core = await composeCore(settings, surroundings);
  const { accounts, cache, clearTypes, clock, domains, metrics, migrating, resume, runtimeTypes, store } =
    core;
  const limiter = await composeLimiter({ settings, table: store, clock, log, meter: metrics.meter });
  const lifecycle = createLifecycle();
  const loop = watchEventLoop(clock.now);
  const parts = { settings, lifecycle, clock, log, meter: metrics.meter };
  const app = createApp({
    ...parts,
    domains,
    authenticate: accounts.authenticate,
    cache: cache.reads,
    limiter,
    checks: [{ name: 'store', required: true, probe: () => probe(store) }, ...cache.checks],
    metrics,
    loop,
    version,
    runtimeTypes,
  });
  const migrations = repeat('migrate entities', MIGRATE_EVERY_MS, migrating.run, clock, log);
  const resuming = repeat('resume deletions', RESUME_EVERY_MS, resume, clock, log);
  const preparing = repeat('prepare downloads', PREPARE_EVERY_MS, core.downloads.run, clock, log);
  const clearing = repeat('clear deleted types', CLEAR_EVERY_MS, clearTypes, clock, log);
  const delivering = deliverChanges(core, log);
  const tending = repeat('tend signing keys', TEND_EVERY_MS, accounts.tend, clock, log);
  return {
    app,
    firstUser: accounts.firstUser,
    listen: () => serve(app, parts),
    async close() {
      await delivering?.stop();
      await tending.stop();
      migrating.stop();
      await migrations.stop();
      await preparing.stop();
      await clearing.stop();
      await resuming.stop();
      loop.stop();
      await limiter?.close();
      await core.close();
    },
  };
}
