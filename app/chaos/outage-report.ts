import type { Op } from './history.ts';
import type { Sample } from './load.ts';

/** One trouble from its beginning to its end, and the time after it that was watched. */
export interface Episode {
  readonly name: string;
  readonly begun: number;
  readonly ended: number;
  readonly over: number;
}

/** What was seen of a world under load. */
export interface Watched {
  readonly episodes: readonly Episode[];
  readonly ops: readonly Op[];
  readonly samples: readonly Sample[];
  readonly wrong: number;
}

export interface Baseline {
  readonly p50: number;
  readonly p99: number;
  readonly p99Writes: number;
  readonly storeReads: number;
}

export interface Figures extends Baseline {
  readonly name: string;
  /** From 0 to 1: requests that were answered, from the beginning of the trouble to the end of the watch. */
  readonly success: number;
  readonly requests: number;
  readonly hits: number;
  /** Reads of the store a second in the worst stretch after its end. */
  readonly peak: number;
  /** From its end until there are most of the hits of before again; undefined if that was not seen. */
  readonly backAfter: number | undefined;
}

/** Until a trouble is noticed; figures begin after it. */
const NOTICE_MS = 2_000;
const BEFORE_MS = 10_000;
const DURING_MS = 13_000;
const WINDOW_MS = 3_000;
const STEP_MS = 500;
const MOST = 0.8;
const TARGET = { success: 0.9995, slower: 1.5, herd: 1.1 };

const isRead = ({ action }: Op) => action === 'read' || action === 'list';
const isAnswered = ({ status }: Op) => status > 0 && status < 500;

export function baselineOf({ episodes, ops, samples }: Watched): Baseline {
  const { begun, over } = episodes[0]!;
  return costOf(ops, samples, begun, over);
}

/** The first line is that of the time before the first trouble. */
export function figuresOf(watched: Watched): readonly Figures[] {
  const { episodes, ops, samples } = watched;
  const quiet = { name: 'none', begun: episodes[0]!.begun - BEFORE_MS, over: episodes[0]!.begun };
  const healthy = { ...quiet, begun: quiet.begun - NOTICE_MS, ended: quiet.over };
  return [healthy, ...episodes].map((episode) => {
    const { name, begun, ended, over } = episode;
    const from = begun + NOTICE_MS;
    const to = Math.min(over, Math.max(ended, from + DURING_MS));
    const all = between(ops, begun, over);
    return {
      ...costOf(ops, samples, from, to),
      name,
      success: all.filter(isAnswered).length / all.length,
      requests: all.length,
      hits: hitsOf(between(ops, from, to)),
      peak: peakOf(samples, ended, over),
      backAfter: episode === healthy ? undefined : backAfter(ops, episode),
    };
  });
}

function costOf(ops: readonly Op[], samples: readonly Sample[], from: number, to: number): Baseline {
  const during = between(ops, from, to);
  const reads = during.filter(isRead).map(msOf);
  const writes = during.filter((op) => !isRead(op)).map(msOf);
  return {
    p50: quantile(reads, 0.5),
    p99: quantile(reads, 0.99),
    p99Writes: quantile(writes, 0.99),
    storeReads: storeReadsOf(samples, from, to),
  };
}

const msOf = ({ invoked, returned }: Op) => returned - invoked;
const between = (ops: readonly Op[], from: number, to: number) =>
  ops.filter(({ invoked }) => invoked >= from && invoked < to);

function hitsOf(ops: readonly Op[]): number {
  const cached = ops.filter(({ cache }) => cache !== undefined);
  return cached.filter(({ cache }) => cache === 'hit').length / Math.max(1, cached.length);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function storeReadsOf(samples: readonly Sample[], from: number, to: number): number {
  const inside = samples.filter(({ at }) => at >= from && at <= to);
  const [first, last] = [inside[0], inside.at(-1)];
  if (!first || !last || first === last) return Number.NaN;
  return (last.counts.storeReads - first.counts.storeReads) / ((last.at - first.at) / 1000);
}

function peakOf(samples: readonly Sample[], from: number, to: number): number {
  let peak = 0;
  for (let at = from; at + WINDOW_MS <= to; at += STEP_MS) {
    const rate = storeReadsOf(samples, at, at + WINDOW_MS);
    if (rate > peak) peak = rate;
  }
  return peak;
}

function backAfter(ops: readonly Op[], { begun, ended, over }: Episode): number | undefined {
  const before = hitsOf(between(ops, begun - BEFORE_MS, begun));
  for (let at = ended; at + WINDOW_MS <= over; at += STEP_MS) {
    if (hitsOf(between(ops, at, at + WINDOW_MS)) >= MOST * before) return (at - ended) / 1000;
  }
  return undefined;
}

const ms = (value: number) => value.toFixed(1);
const percent = (value: number, digits = 0) => `${(100 * value).toFixed(digits)} %`;

/** For the documentation: what readers and the store notice of each trouble. */
export function outageTable(baseline: Baseline, figures: readonly Figures[]): string {
  const rows = figures.map(
    ({ name, success, p50, p99, p99Writes, hits, storeReads, peak, backAfter: back }) => {
      const slower = `${(p99 / baseline.p99).toFixed(2)}x`;
      const after = back === undefined ? '' : `${back.toFixed(1)} s`;
      return `| ${name} | ${percent(success, 2)} | ${ms(p50)} | ${ms(p99)} | ${slower} | ${ms(p99Writes)} | ${percent(hits)} | ${storeReads.toFixed(0)} | ${peak.toFixed(0)} | ${after} |`;
    },
  );
  const { p50, p99, p99Writes, storeReads } = baseline;
  return [
    '| trouble of Redis | answered | p50 ms | p99 ms | of p99 without cache | p99 ms of writes | hits | store reads/s | peak after its end | 80 % of the hits after |',
    '|---|---|---|---|---|---|---|---|---|---|',
    `| no cache at all | | ${ms(p50)} | ${ms(p99)} | 1.00x | ${ms(p99Writes)} | | ${storeReads.toFixed(0)} | | |`,
    ...rows,
  ].join('\n');
}

/** Which targets were met. The level of the outage is that of the first trouble, which leaves no cache at all. */
export function outageLine(
  baseline: Baseline,
  figures: readonly Figures[],
  watched: readonly Watched[],
): string {
  const troubles = figures.slice(1);
  const level = troubles[0]!.storeReads;
  const missed = troubles.flatMap(({ name, success, p99, peak, backAfter: back }) => [
    ...(success < TARGET.success ? [`${name}: answered ${percent(success, 2)}`] : []),
    ...(p99 > TARGET.slower * baseline.p99 ? [`${name}: p99 ${(p99 / baseline.p99).toFixed(2)}x`] : []),
    ...(peak > TARGET.herd * level ? [`${name}: ${(peak / level).toFixed(2)}x the store reads`] : []),
    ...(back === undefined ? [`${name}: hits do not come back`] : []),
  ]);
  const requests = watched.reduce((sum, { ops }) => sum + ops.length, 0);
  const wrong = watched.reduce((sum, one) => sum + one.wrong, 0);
  const verdict = missed.length === 0 ? 'all targets met' : `missed: ${missed.join('; ')}`;
  return `chaos: ${requests.toLocaleString('en-US')} operations, ${wrong} wrong answers, ${verdict}`;
}
