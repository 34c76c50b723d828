import autocannon from 'autocannon';
import type { Server } from '../processes.ts';
import { ENTITIES } from '../sample.ts';

/** One answer: when it came, how long it took, and whether it was one. */
export interface Sample {
  readonly at: number;
  readonly ms: number;
  readonly ok: boolean;
}

/** What was seen of some servers while they were under steady load; `reads` and `hits` second by second. */
export interface Observed {
  readonly began: number;
  readonly samples: readonly Sample[];
  /** Reads of the store a second, of all servers together. */
  readonly reads: readonly number[];
  /** Part of the cacheable reads that were hits. */
  readonly hits: readonly number[];
}

/** Well below what the store can do without a cache, so that latency means something. */
const REQUESTS_A_SECOND = 200;
const CONNECTIONS = 8;
const REQUESTS = 50;
/** One in so many changes an entity. */
const WRITE_EVERY = 10;
const TICK_MS = 1_000;

/** Steady traffic, nine tenths of it reads of a few much and many little used entities. */
export async function observe(
  servers: readonly Server[],
  uuids: readonly string[],
  seconds: number,
): Promise<Observed> {
  const began = performance.now();
  const samples: Sample[] = [];
  const counted = countEverySecond(servers);
  await Promise.all(servers.map((server) => load(server, servers.length, uuids, seconds, samples)));
  return { began, samples, ...(await counted.stop()) };
}

async function load(
  { url }: Server,
  share: number,
  uuids: readonly string[],
  seconds: number,
  samples: Sample[],
): Promise<void> {
  const keep = (ok: boolean, ms: number) => void samples.push({ at: performance.now(), ms, ok });
  const options = {
    url,
    connections: CONNECTIONS / share,
    overallRate: REQUESTS_A_SECOND / share,
    duration: seconds,
    requests: requestsFor(uuids),
  };
  await new Promise<void>((resolve, reject) => {
    const running = autocannon(options, (error: unknown) => (error ? reject(error) : resolve()));
    running.on('response', (_client, status, _bytes, ms) => keep(status >= 200 && status < 300, ms));
    running.on('reqError', () => keep(false, Number.NaN));
  });
}

function requestsFor(uuids: readonly string[]): autocannon.Request[] {
  return Array.from({ length: REQUESTS }, (_, n) => {
    const path = `${ENTITIES}/${uuids[Math.floor(uuids.length * Math.random() ** 3)]}`;
    if (n % WRITE_EVERY !== 0) return { method: 'GET', path };
    const body = JSON.stringify({ fields: { cores: n } });
    return { method: 'PATCH', path, body, headers: { 'content-type': 'application/merge-patch+json' } };
  });
}

/** Asks the servers' own metrics once a second. */
function countEverySecond(servers: readonly Server[]) {
  const counts: Promise<Counts>[] = [];
  const tick = () => void counts.push(Promise.all(servers.map(countsOf)).then(sum));
  tick();
  const timer = setInterval(tick, TICK_MS);
  return {
    async stop(): Promise<Pick<Observed, 'reads' | 'hits'>> {
      clearInterval(timer);
      const all = await Promise.all(counts);
      const steps = all.slice(1).map((now, i) => minus(now, all[i]!));
      return {
        reads: steps.map(({ storeReads }) => storeReads),
        hits: steps.map(({ hits, asked }) => hits / Math.max(1, asked)),
      };
    },
  };
}

interface Counts {
  readonly storeReads: number;
  readonly hits: number;
  readonly asked: number;
}

async function countsOf({ url }: Server): Promise<Counts> {
  const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n');
  const total = (pattern: RegExp) =>
    lines
      .filter((line) => pattern.test(line))
      .reduce((all, line) => all + Number(line.slice(line.lastIndexOf(' '))), 0);
  return {
    storeReads: total(/^store_call_duration_seconds_count\{operation="(get|getMany|query)"/),
    hits: total(/^cache_reads_total\{.*outcome="hit"/),
    asked: total(/^cache_reads_total\{/),
  };
}

const sum = (all: readonly Counts[]): Counts =>
  all.reduce((a, b) => ({
    storeReads: a.storeReads + b.storeReads,
    hits: a.hits + b.hits,
    asked: a.asked + b.asked,
  }));

const minus = (a: Counts, b: Counts): Counts => ({
  storeReads: a.storeReads - b.storeReads,
  hits: a.hits - b.hits,
  asked: a.asked - b.asked,
});
