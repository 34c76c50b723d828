import { createEntities, define } from '../client.ts';
import type { Bench } from '../editions.ts';
import { type Observed, observe } from '../outage/observe.ts';
import { OUTAGES, type Outage, startWorld, type World } from '../outage/world.ts';
import { count, type Row } from '../report.ts';
import { quantile } from '../stats.ts';

/** Seconds of each part: before the fault, while it lasts, after it. */
export interface OutagePace {
  readonly before: number;
  readonly during: number;
  readonly after: number;
}

const ENTITIES_ASKED_FOR = 100;
/** What the first moments of a fault cost is told by the success; from then on latency is held against no cache. */
const SETTLE_MS = 2_000;
const MOST_LATENCY = 1.5;
const LEAST_SUCCESS = 0.9995;
const BACK = 0.8;

/** Steady traffic while Redis gets into every kind of trouble, beside the same traffic without a cache. */
export async function measureOutages(bench: Bench, pace: OutagePace): Promise<Row[]> {
  const rows: Row[] = [];
  const world = await startWorld(bench);
  await define(world.plain.url);
  const uuids = (await createEntities(world.plain.url, ENTITIES_ASKED_FOR)).map(({ uuid }) => uuid);
  await observe([world.plain], uuids, 2); // warms up
  const plain = await observe([world.plain], uuids, pace.during);
  const p99 = latency(plain, 0);
  rows.push(plainRow(plain, p99));
  for (const outage of OUTAGES) rows.push(await measureOutage(world, outage, uuids, pace, p99));
  await world.stop();
  return rows;
}

async function measureOutage(
  world: World,
  outage: Outage,
  uuids: readonly string[],
  pace: OutagePace,
  plain: number,
): Promise<Row> {
  const before = await observe(world.cached, uuids, pace.before);
  const faulty = observe(world.cached, uuids, pace.during);
  await outage.begin(world);
  const during = await faulty;
  const later = observe(world.cached, uuids, pace.after);
  await outage.end?.(world);
  const after = await later;
  const all = [...during.samples, ...after.samples];
  const success = all.filter(({ ok }) => ok).length / all.length;
  const p99 = Math.max(latency(during, SETTLE_MS), latency(after, SETTLE_MS));
  const level = Math.max(...during.reads);
  const good = success >= LEAST_SUCCESS && p99 <= MOST_LATENCY * plain;
  return {
    work: `Redis ${outage.name} under load, two instances`,
    measured:
      `${(success * 100).toFixed(2)}% of ${count(all.length)} answered, p99 ${p99.toFixed(1)} ms; ` +
      `store reads ${count(Math.max(...before.reads))}/s before, ${count(level)}/s during, ` +
      `at most ${count(Math.max(...after.reads))}/s after; ${backAgain(before, [during, after], outage)}`,
    floor: `without a cache: p99 ${plain.toFixed(1)} ms`,
    ratio: (p99 / plain).toFixed(2),
    target: `99.95% answered, p99 from 2 s on at most ${MOST_LATENCY}`,
    verdict: good ? 'pass' : 'short',
  };
}

function plainRow(plain: Observed, p99: number): Row {
  return {
    work: 'the same traffic without a cache',
    measured: `p99 ${p99.toFixed(1)} ms, store reads ${count(Math.max(...plain.reads))}/s`,
    floor: '',
    ratio: '',
    target: '',
    verdict: 'information',
  };
}

const latency = ({ samples, began }: Observed, fromMs: number) =>
  quantile(
    samples.filter(({ at, ok }) => ok && at - began >= fromMs).map(({ ms }) => ms),
    0.99,
  );

/** Seconds until four fifths of the hits of before are hits again: from the fault, or from its end if it has one. */
function backAgain(before: Observed, [during, after]: [Observed, Observed], { end }: Outage): string {
  const wanted = BACK * Math.max(...before.hits);
  const seconds = end ? after.hits : [...during.hits, ...after.hits];
  const at = seconds.findIndex((hits) => hits >= wanted);
  return at < 0 ? 'hits not back by then' : `hits back within ${at + 1} s`;
}
