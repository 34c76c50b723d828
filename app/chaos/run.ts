import { setTimeout as wait } from 'node:timers/promises';
import { check, type Verdict } from './checker.ts';
import { runClient } from './clients.ts';
import { FAULTS, type FaultKind } from './faults.ts';
import { readFinals, sweep } from './final.ts';
import type { FaultSpan, History, Op } from './history.ts';
import { createHttp, type Http } from './http.ts';
import { type Counts, countsOf, NO_COUNTS } from './metrics.ts';
import { now, randomFrom } from './random.ts';
import { isCrate, keysOfScope } from './sample.ts';
import { runFaults } from './schedule.ts';
import { prepare } from './setup.ts';
import { startWorld, type World } from './world.ts';

export interface RunOptions {
  readonly durationMs: number;
  readonly seed: number;
  readonly instances: number;
  readonly clients: number;
  readonly lamps: number;
  readonly hubs: number;
  readonly kinds?: readonly FaultKind[];
  readonly gapMs: readonly [number, number];
  /** Ends when each kind of fault has happened so often, if that is before `durationMs`. */
  readonly rounds?: number | undefined;
  readonly mutant?: string | undefined;
  readonly progress?: (line: string) => void;
}

export interface Run {
  readonly history: History;
  readonly verdict: Verdict;
  readonly seconds: number;
  readonly counts: Counts;
  /** Processes that ended without having been told to. */
  readonly crashes: number;
  readonly folder: string;
}

const PATIENCE_MS = 3_000;
const PROGRESS_MS = 10_000;
/** Longer than a lease, so that everybody knows everything. */
const SETTLE_MS = 2_500;

/** Lets clients and faults loose on a world of its own, and judges what the clients saw. */
export async function runChaos(options: RunOptions): Promise<Run> {
  const world = await startWorld(options);
  const http = createHttp(PATIENCE_MS);
  try {
    return await runIn(world, http, options);
  } finally {
    http.close();
    await world.stop();
  }
}

async function runIn(world: World, http: Http, options: RunOptions): Promise<Run> {
  const { seed, clients, lamps, hubs, kinds = FAULTS, gapMs, rounds, durationMs } = options;
  const ops: Op[] = [];
  const record = (op: Op) => void ops.push(op);
  const { instances, authorization } = world;
  await prepare({ http, instances, authorization, lamps, hubs, record });

  const started = now();
  let hasHappened = false;
  const isOver = () => hasHappened || now() - started >= durationMs;
  const telling = tellProgress(ops, started, isOver, options.progress);
  const running = Array.from({ length: clients }, (_, id) =>
    runClient({ id, lamps, hubs, instances, authorization, http, seed: seed + id + 1, record, isOver }),
  );
  const faults = await runFaults(world, { kinds, random: randomFrom(seed), gapMs, rounds, isOver });
  hasHappened = true;
  await Promise.all(running);
  clearInterval(telling);
  const seconds = (now() - started) / 1000;

  const history = await settle(world, { http, lamps, hubs, record, ops, faults });
  const counts = await countsOf(http, instances).catch(() => NO_COUNTS);
  const crashes = instances.reduce((sum, instance) => sum + instance.crashes(), 0);
  return { history, verdict: check(history), seconds, counts, crashes, folder: world.folder };
}

interface Settling {
  readonly http: Http;
  readonly lamps: number;
  readonly hubs: number;
  readonly ops: Op[];
  readonly record: (op: Op) => void;
  readonly faults: readonly FaultSpan[];
}

/** When all is quiet, everybody sees the same, and the store holds it. */
export async function settle(
  world: World,
  { http, lamps, hubs, record, ops, faults }: Settling,
): Promise<History> {
  world.disturbStore({});
  await world.front.drained();
  await wait(SETTLE_MS);
  const { instances, authorization } = world;
  await sweep({ http, instances, authorization, lamps, hubs, record });
  const { finals, twice } = await readFinals(world.store, lamps, hubs);
  for (const { key } of ops) if (isCrate(key) && !finals.has(key)) finals.set(key, 'absent');
  const recorded = world.recorded.map(({ scopes, ...rest }) => ({
    ...rest,
    keys: scopes.flatMap((scope) => keysOfScope(scope, hubs)),
  }));
  return { ops, faults, recorded, finals, twice };
}

function tellProgress(
  ops: readonly Op[],
  started: number,
  isOver: () => boolean,
  progress: RunOptions['progress'],
): NodeJS.Timeout {
  let before = 0;
  return setInterval(() => {
    if (isOver() || !progress) return;
    const recent = ops.slice(before);
    before = ops.length;
    const cached = recent.filter((op) => op.cache !== undefined);
    const hits = cached.filter((op) => op.cache === 'hit').length / Math.max(1, cached.length);
    const seconds = Math.round((now() - started) / 1000);
    progress(`${seconds} s, ${ops.length} operations, ${hits.toFixed(2)} of the last reads from the cache`);
  }, PROGRESS_MS);
}
