import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { call } from '../client.ts';
import { type Bench, databaseOf, type EditionName, startService } from '../editions.ts';
import type { SearchPlan } from '../options.ts';
import { runScript, type Server } from '../processes.ts';
import { count, type Row } from '../report.ts';
import { CITIES, ENTITIES, STATES } from '../sample.ts';
import { mean, median, quantile } from '../stats.ts';

const PAGE = 20;
const PAGES_DEEP = 3;
const MOST_SLOWER = 1.3;
const MOST_MORE_ITEMS = 1.1;

/** A registry of one size, the pages that are asked for there, and how long each took. */
interface Probe {
  readonly size: number;
  readonly server: Server;
  readonly pages: readonly { readonly url: string; readonly explain: SearchPage['explain'] }[];
  readonly millis: number[];
}

/**
 * The same searches in a small and a large registry of the same density: a city, a state and a rack, which one
 * entity in 80 meets. Pages are asked for one at a time, in turns, so what is compared is what each costs.
 */
export async function measureSearch(
  bench: Bench,
  edition: EditionName,
  plan: SearchPlan,
  judged: boolean,
): Promise<Row[]> {
  const small = await startProbe(bench, edition, plan.small, plan.pages);
  const large = await startProbe(bench, edition, plan.large, plan.pages);
  const agent = new Agent({ keepAlive: true });
  for (let repeat = 0; repeat <= plan.repeats; repeat++) {
    for (let i = 0; i < Math.max(small.pages.length, large.pages.length); i++) {
      for (const { pages, millis } of [small, large]) {
        const took = await timed(agent, pages[i % pages.length]!.url);
        if (repeat > 0) millis.push(took); // the first round warms up
      }
    }
  }
  agent.destroy();
  await small.server.stop();
  await large.server.stop();
  const sizesText = `${count(plan.large)} entities against ${count(plan.small)}`;
  return [
    latencyRow(
      `search page of ${PAGE} by two fields and a link, ${edition}, ${sizesText}`,
      small,
      large,
      judged,
    ),
    itemsRow(`items read by that search, ${edition}`, small, large, judged),
  ];
}

async function startProbe(bench: Bench, edition: EditionName, size: number, pages: number): Promise<Probe> {
  const about = `search-${edition}-${size}`;
  const path = databaseOf(bench, about);
  const script = join(import.meta.dirname, '../seed.ts');
  const place = edition === 'SQLite' ? path : bench.endpoint;
  const racks: string[] = JSON.parse(
    await runScript(script, [edition, place, String(size), `bench-${about}`]),
  );
  const server = await startService(bench, edition, about, { CACHE: 'off' });
  return { size, server, pages: await fullPages(server.url, racks, pages), millis: [] };
}

/** The addresses of pages that came back full, a few pages deep into each search. */
async function fullPages(service: string, racks: readonly string[], most: number): Promise<Probe['pages']> {
  const searches = racks.flatMap((rack) =>
    CITIES.flatMap((city) => STATES.map((state) => ({ rack, city, state }))),
  );
  const pages: Probe['pages'][number][] = [];
  for (const { rack, city, state } of searches) {
    const conditions = { fields: `city=${city},state="${state}"`, links: `mounted_in:${rack}` };
    const first = new URLSearchParams({ ...conditions, limit: String(PAGE), explain: 'true' });
    let url: string | undefined = `${service}${ENTITIES}/search?${first}`;
    for (let depth = 0; url !== undefined && depth < PAGES_DEEP && pages.length < most; depth++) {
      const page: SearchPage = JSON.parse((await call(url)).text);
      if (page.items.length < PAGE || page.next_cursor === null) break;
      pages.push({ url, explain: page.explain });
      url = `${service}${ENTITIES}/search?${new URLSearchParams([...first, ['cursor', page.next_cursor]])}`;
    }
  }
  if (pages.length === 0) throw new Error('no search fills a page: the registry is too small');
  return pages;
}

interface SearchPage {
  readonly items: readonly unknown[];
  readonly next_cursor: string | null;
  readonly explain: { readonly items_read: number; readonly store_calls: number };
}

/** Milliseconds from the request to the end of its answer, over one kept connection. */
function timed(agent: Agent, url: string): Promise<number> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      response.resume();
      response.once('end', () => {
        if (response.statusCode === 200) resolve(performance.now() - started);
        else reject(new Error(`${url}: ${response.statusCode}`));
      });
    }).once('error', reject);
  });
}

function latencyRow(work: string, small: Probe, large: Probe, judged: boolean): Row {
  const ratio = median(large.millis) / median(small.millis);
  const figures = ({ millis }: Probe) =>
    `${median(millis).toFixed(2)} ms median, ${quantile(millis, 0.95).toFixed(2)} ms p95`;
  return {
    work,
    measured: figures(large),
    floor: figures(small),
    ratio: ratio.toFixed(2),
    target: judged ? `at most ${MOST_SLOWER}` : '',
    verdict: !judged ? 'information' : ratio <= MOST_SLOWER ? 'pass' : 'short',
  };
}

function itemsRow(work: string, small: Probe, large: Probe, judged: boolean): Row {
  const read = ({ pages }: Probe) => mean(pages.map(({ explain }) => explain.items_read));
  const calls = ({ pages }: Probe) => mean(pages.map(({ explain }) => explain.store_calls));
  const figures = (probe: Probe) => `${count(read(probe))} a page, in ${count(calls(probe))} store calls`;
  const ratio = read(large) / read(small);
  const same = ratio <= MOST_MORE_ITEMS && ratio >= 1 / MOST_MORE_ITEMS;
  return {
    work,
    measured: figures(large),
    floor: figures(small),
    ratio: ratio.toFixed(3),
    target: judged ? 'within 10%' : '',
    verdict: !judged ? 'information' : same ? 'pass' : 'short',
  };
}
