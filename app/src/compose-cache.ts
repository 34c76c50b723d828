import { createMemoryCells } from './adapters/memory/cells.ts';
import { createRedisCells } from './adapters/redis/cells.ts';
import { createAuditor } from './cache/auditor.ts';
import { createBreaker } from './cache/breaker.ts';
import { type Cells, CellsUnavailable } from './cache/cells.ts';
import { type Coherence, createCoherence } from './cache/control.ts';
import { fencedTable } from './cache/fenced.ts';
import { guardCells } from './cache/guarded.ts';
import { createLocal } from './cache/local.ts';
import { coherentMemo } from './cache/memo.ts';
import { createReads } from './cache/reads.ts';
import { createTokens } from './cache/tokens.ts';
import { trackReads } from './cache/tracked.ts';
import { ALONE, BEAT_MS } from './cache/trust.ts';
import type { Settings } from './config.ts';
import type { Check } from './http/status.ts';
import { repeat } from './jobs/repeat.ts';
import type { Clock, Log, Meter } from './kernel/ports.ts';
import type { ReadThrough } from './kernel/read-through.ts';
import { sharedSecret } from './table/cursor.ts';
import { type MakeMemo, timedMemos } from './table/memo.ts';
import type { Table } from './table/table.ts';

export interface CacheParts {
  readonly settings: Settings;
  readonly version: string;
  /** The store, without any cache. */
  readonly table: Table;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** Cells to use in place of those that the settings name. */
  readonly cells?: Cells | undefined;
}

/** What the rest of the service is given, with a cache or without. */
export interface Cache {
  /** The table for everybody, whose writes are fenced. */
  readonly table: Table;
  readonly reads?: ReadThrough;
  readonly makeMemo: MakeMemo;
  readonly settle: (scopes: readonly string[]) => Promise<void>;
  readonly checks: readonly Check[];
  close(): Promise<void>;
}

/** Without a cache another instance's change of a type may go unnoticed for so long. */
const DEFINITIONS_MS = 1_000;
/** How long a start waits for the cache; it is never needed. */
const CONNECT_MS = 500;
const POLL_MS = 10;
const IDENTITY_LENGTH = 12;

const ticks = () => performance.now();

/** Builds the cache that the settings ask for. Resolves whether or not Redis answers. */
export async function composeCache(parts: CacheParts): Promise<Cache> {
  if (parts.settings.CACHE === 'off') return noCache(parts);
  return parts.settings.CACHE === 'memory' ? memoryCache(parts) : redisCache(parts);
}

function noCache({ settings, table, clock }: CacheParts): Cache {
  return {
    table,
    makeMemo: timedMemos(settings.STORE === 'sqlite' ? 0 : DEFINITIONS_MS, clock),
    settle: async () => {},
    checks: [],
    async close() {},
  };
}

function memoryCache(parts: CacheParts): Cache {
  const cells = parts.cells ?? createMemoryCells({ maxBytes: parts.settings.CACHE_BYTES, ticks });
  return { ...protocol(parts, cells, { trust: ALONE }), checks: [], close: () => cells.close() };
}

async function redisCache(parts: CacheParts): Promise<Cache> {
  const { settings, version, table, clock, log, meter } = parts;
  const plain = parts.cells ?? redisCells(settings, version, await namespaceOf(settings, table), log);
  const breaker = createBreaker(ticks);
  const cells = guardCells(plain, breaker, meter);
  const isIll = () => breaker.state() !== 'closed';
  const coherence = createCoherence({ table, cells: plain, clock, ticks, log, meter, isIll });
  for (let waited = 0; plain.incarnation() === undefined && waited < CONNECT_MS; waited += POLL_MS) {
    await clock.sleep(POLL_MS);
  }
  await coherence.beat().catch((error) => log.warn('the first beat failed', { error }));
  const beat = () => Promise.all([coherence.beat(), cells.probe()]).then(() => {});
  const beating = repeat('cache beat', BEAT_MS, beat, clock, log);
  const local = createLocal(settings.CACHE_BYTES);
  const audit = createAuditor({ cells, clock, log, meter });
  return {
    ...protocol(parts, cells, coherence, { local, audit }),
    checks: [{ name: 'cache', required: false, probe: () => probe(cells, coherence) }],
    async close() {
      await beating.stop();
      await plain.close();
    },
  };
}

function redisCells(settings: Settings, release: string, namespace: string, log: Log): Cells {
  const { REDIS_URL: url = '', REDIS_MODE: mode, REDIS_CA_FILE: caFile } = settings;
  return createRedisCells({ url, mode, caFile, namespace, release, log });
}

/** Tables may share a Redis, even tables of one name: what is kept for one, the other never sees. */
export async function namespaceOf({ DYNAMODB_TABLE }: Settings, table: Table): Promise<string> {
  const identity = await sharedSecret(table, 'cache');
  return `${DYNAMODB_TABLE}:${identity.toString('base64url').slice(0, IDENTITY_LENGTH)}`;
}

/** The protocol over some cells: reads, fenced writes, memos. */
function protocol(
  { table: store, settings, clock, log, meter }: CacheParts,
  cells: Cells,
  { trust, dirty }: Pick<Coherence, 'trust'> & Partial<Pick<Coherence, 'dirty'>>,
  more: Pick<Parameters<typeof createReads>[0], 'local' | 'audit'> = {},
): Pick<Cache, 'table' | 'reads' | 'makeMemo' | 'settle'> {
  const tokens = createTokens();
  const tracked = trackReads(store);
  const strict = settings.CACHE_STRICT === 'on';
  const fenced = fencedTable(tracked, { cells, trust, tokens, dirty, clock, log, meter, strict });
  return {
    table: fenced,
    settle: fenced.settle,
    reads: createReads({ cells, trust, tokens, table: tracked, clock, meter, ...more }),
    makeMemo: () => coherentMemo({ cells, trust, tokens, table: tracked, ticks }),
  };
}

async function probe(cells: Cells, { trust }: Coherence): Promise<void> {
  await cells.look(['status']);
  if (!trust.mayRead()) throw new CellsUnavailable('untrusted');
}
