import { setTimeout as wait } from 'node:timers/promises';
import autocannon from 'autocannon';
import type { Pace } from './options.ts';
import type { Server } from './processes.ts';
import { count, type Row, type Verdict } from './report.ts';
import { median, spread } from './stats.ts';
import { cpuSeconds } from './usage.ts';

/** A server and the requests that it is asked to answer, over and over. */
export interface Contender {
  readonly server: Server;
  readonly requests: readonly autocannon.Request[];
}

export interface Round {
  readonly perSecond: number;
  /** Processor time of the server for each request, in microseconds: hardly moved by what else runs here. */
  readonly cpuMicros: number;
  /** Share of the round in which the server computed; well below 1, something else was the limit. */
  readonly busy: number;
}

/** The rounds of the service and of its floor, taken in turns. */
export interface Duel {
  readonly service: readonly Round[];
  readonly floor: readonly Round[];
}

const CONNECTIONS = 32;
const SETTLE_MS = 50;
/** A round ends with a sample, so samples are short. */
const SAMPLE_MS = 100;

/** A, B, A, B: what disturbs the machine for a while disturbs both. */
export async function duel(service: Contender, floor: Contender, pace: Pace): Promise<Duel> {
  for (const one of [service, floor]) await fire(one, pace.warmUpSeconds);
  const rounds: { service: Round[]; floor: Round[] } = { service: [], floor: [] };
  for (let pair = 0; pair < pace.pairs; pair++) {
    rounds.service.push(await fire(service, pace.roundSeconds));
    rounds.floor.push(await fire(floor, pace.roundSeconds));
  }
  return rounds;
}

async function fire(contender: Contender, seconds: number): Promise<Round> {
  const { pid } = contender.server;
  const before = cpuSeconds(pid);
  const { good, duration } = await shoot(contender, seconds);
  const cpu = cpuSeconds(pid) - before;
  await wait(SETTLE_MS);
  return { perSecond: good / duration, cpuMicros: (cpu / good) * 1e6, busy: cpu / duration };
}

/** Sends the requests over and over for so long; answers how many were answered well. Throws unless all were. */
export async function shoot({ server, requests }: Contender, seconds: number) {
  const result = await autocannon({
    url: server.url,
    connections: CONNECTIONS,
    duration: seconds,
    sampleInt: SAMPLE_MS,
    requests: [...requests],
  });
  const good = result['2xx'];
  if (result.errors + result.timeouts + result.non2xx > 0 || good === 0) {
    throw new Error(
      `${server.url}: ${good} good answers, ${result.non2xx} others, ${result.errors} errors, ${result.timeouts} timeouts`,
    );
  }
  return { good, duration: result.duration };
}

/** The line of a duel. Pairs are compared one by one, so that drift of the machine falls out. */
export function duelRow(work: string, { service, floor }: Duel, target: number | undefined): Row {
  const ratios = service.map((round, i) => round.perSecond / floor[i]!.perSecond);
  const cpu = service.map((round, i) => floor[i]!.cpuMicros / round.cpuMicros);
  const verdict: Verdict = target === undefined ? 'information' : median(ratios) >= target ? 'pass' : 'short';
  return {
    work,
    measured: figures(service),
    floor: figures(floor),
    ratio: `${median(ratios).toFixed(2)} (${spread(ratios)}); by CPU ${median(cpu).toFixed(2)}`,
    target: target === undefined ? '' : `at least ${target.toFixed(2)}`,
    verdict,
  };
}

function figures(rounds: readonly Round[]): string {
  const speed = `${count(median(rounds.map((round) => round.perSecond)))}/s`;
  const cpu = median(rounds.map((round) => round.cpuMicros));
  const busy = Math.round(median(rounds.map((round) => round.busy)) * 100);
  return Number.isNaN(cpu) ? speed : `${speed}, ${count(cpu)} us CPU each, busy ${busy}%`;
}
