import { rmSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { check } from './checker.ts';
import type { Op } from './history.ts';
import { createHttp } from './http.ts';
import { type Load, startLoad } from './load.ts';
import {
  baselineOf,
  type Episode,
  figuresOf,
  outageLine,
  outageTable,
  type Watched,
} from './outage-report.ts';
import { now } from './random.ts';
import { violationsText } from './report.ts';
import { settle } from './run.ts';
import { prepare } from './setup.ts';
import { TROUBLES, type Trouble } from './troubles.ts';
import { startWorld, type World } from './world.ts';

const INSTANCES = 2;
const LAMPS = 200;
const HUBS = 2;
const PATIENCE_MS = 3_000;
const WARM_MS = 10_000;
const STEADY_MS = 15_000;
const TROUBLE_MS = 15_000;
const RETURN_MS = 25_000;

/** Measures what the loss of the cache costs, prints it, and answers the exit code: timings are nobody's fault. */
export async function measureOutage(seed: number): Promise<number> {
  console.error('chaos: without a cache');
  const plain = await underLoad(seed, { CACHE: 'off' }, async () => {
    await wait(WARM_MS);
    const from = now();
    await wait(STEADY_MS);
    return [{ name: 'no cache', begun: from, ended: from, over: now() }];
  });
  const cached = await underLoad(seed, {}, async (world) => {
    await wait(WARM_MS + STEADY_MS);
    const episodes: Episode[] = [];
    for (const trouble of TROUBLES) episodes.push(await live(world, trouble));
    return episodes;
  });
  const baseline = baselineOf(plain);
  const figures = figuresOf(cached);
  console.log(outageTable(baseline, figures));
  console.log(outageLine(baseline, figures, [plain, cached]));
  return plain.wrong + cached.wrong > 0 ? 1 : 0;
}

async function live(world: World, { name, begin, end }: Trouble): Promise<Episode> {
  console.error(`chaos: Redis ${name}`);
  const begun = now();
  await begin(world);
  if (end) {
    await wait(TROUBLE_MS);
    await end(world);
  }
  const ended = now();
  await wait(RETURN_MS);
  return { name, begun, ended, over: now() };
}

async function underLoad(
  seed: number,
  env: Readonly<Record<string, string>>,
  live: (world: World) => Promise<Episode[]>,
): Promise<Watched> {
  const world = await startWorld({ instances: INSTANCES, seed, env });
  const http = createHttp(PATIENCE_MS);
  const ops: Op[] = [];
  const { authorization } = world;
  const parts = { http, authorization, lamps: LAMPS, hubs: HUBS, record: (op: Op) => void ops.push(op) };
  try {
    await prepare({ ...parts, instances: world.instances });
    const load: Load = startLoad({ ...parts, world, seed });
    const episodes = await live(world).finally(load.stop);
    const measured = [...ops];
    const history = await settle(world, { ...parts, ops, faults: episodes.map(spanOf) });
    const verdict = check(history);
    const wrong = verdict.violations.length + verdict.lost;
    if (wrong > 0) console.error(violationsText({ history, verdict }));
    else rmSync(world.folder, { recursive: true, force: true });
    return { episodes, ops: measured, samples: load.samples, wrong };
  } finally {
    http.close();
    await world.stop();
  }
}

const spanOf = ({ name, begun, ended }: Episode) => ({
  kind: name,
  detail: '',
  started: begun,
  ended,
  forgets: true,
  postpones: false,
});
