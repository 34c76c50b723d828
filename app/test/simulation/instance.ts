import { AsyncLocalStorage } from 'node:async_hooks';
import { createBreaker } from '../../src/cache/breaker.ts';
import type { Cells } from '../../src/cache/cells.ts';
import { type Coherence, createCoherence } from '../../src/cache/control.ts';
import { type FencedTable, fencedTable } from '../../src/cache/fenced.ts';
import { guardCells } from '../../src/cache/guarded.ts';
import { createLocal } from '../../src/cache/local.ts';
import { coherentMemo } from '../../src/cache/memo.ts';
import { createReads } from '../../src/cache/reads.ts';
import { putDirty } from '../../src/cache/records.ts';
import { createTokens, type Tokens } from '../../src/cache/tokens.ts';
import { trackReads } from '../../src/cache/tracked.ts';
import { BEAT_MS, type Trust } from '../../src/cache/trust.ts';
import { type Clock, silentLog, silentMeter } from '../../src/kernel/ports.ts';
import type { ReadThrough } from '../../src/kernel/read-through.ts';
import type { Memo } from '../../src/table/memo.ts';
import { createReplies, type Replies } from '../../src/table/replies.ts';
import type { Action, Item, Table } from '../../src/table/table.ts';
import type { InstanceParts } from './mutants.ts';
import { remoteCells } from './remote-cells.ts';
import { remoteTable, type Weather } from './remote-table.ts';
import type { Link } from './servers.ts';
import type { Process } from './timeline.ts';
import type { World } from './world.ts';

/** One instance of the service, as far as the cache goes: the real modules over simulated ports. */
export interface Instance {
  readonly process: Process;
  readonly link: Link;
  readonly weather: Weather;
  readonly table: FencedTable;
  readonly reads: ReadThrough;
  readonly memo: Memo<Item | undefined>;
  readonly replies: Replies;
}

/** What is noted while a request is served. */
export interface Serving {
  /** Whether a record for the other instances was sent to the table. */
  recorded: boolean;
}
export const serving = new AsyncLocalStorage<Serving>();

const START = Date.UTC(2026, 0, 1);
const MAX_LOCAL_BYTES = 1024 * 1024;
const NAME_LENGTH = 12;

/** Starts an instance, the `boot`th at its place, and its heartbeat. */
export function startInstance(world: World, place: number, boot: number): Instance {
  const { time, random, mutant } = world;
  const process: Process = { name: `i${place}.${boot}`, alive: true, pausedUntil: 0 };
  const link = world.servers.link(process);
  const weather: Weather = { cutUntil: 0, slowUntil: 0, slowMs: 0, troubleUntil: 0 };
  const clock = clockOf(world, process);
  const parts: InstanceParts = { world, process, place, ticks: time.now };

  const direct = remoteTable(world, process, weather);
  const table = noting(mutant.table?.(direct, parts) ?? direct);
  const remote = remoteCells(world, link, world.scenario.isCluster);
  const plain = mutant.cells?.(remote, parts) ?? remote;
  const breaker = world.scenario.isGuarded ? createBreaker(time.now, random.next) : undefined;
  const guarded = breaker && guardCells(plain, breaker, silentMeter);
  const cells = guarded ?? plain;
  const shared = { table, cells: plain, clock, ticks: time.now, log: silentLog, meter: silentMeter };
  const isIll = () => breaker !== undefined && breaker.state() !== 'closed';
  const given = createCoherence({ ...shared, isIll, id: process.name });
  const coherence = mutant.coherence?.(given, parts) ?? given;
  const name = process.name.padEnd(NAME_LENGTH, '-');
  const tokens = mutant.tokens?.(parts) ?? createTokens(name);
  startBeating(async () => {
    await Promise.all([coherence.beat(), guarded?.probe()]);
  }, clock);
  return { process, link, weather, ...protocol(parts, { table, cells, clock, tokens }, coherence.trust) };
}

interface Ports {
  readonly table: Table;
  readonly cells: Cells;
  readonly clock: Clock;
  readonly tokens: Tokens;
}

function protocol({ world }: InstanceParts, { table, cells, clock, tokens }: Ports, trust: Trust) {
  const { random, mutant, scenario } = world;
  const tracked = trackReads(table);
  const dirty = dirtyActions(world, clock);
  const common = { cells, trust, tokens, clock, log: silentLog, meter: silentMeter };
  const fenced = fencedTable(tracked, { ...common, dirty, strict: scenario.isStrict });
  const settle = mutant.settle ?? fenced.settle;
  return {
    table: fenced,
    reads: createReads({
      ...common,
      table: tracked,
      local: createLocal(MAX_LOCAL_BYTES),
      random: random.next,
      ...(mutant.flights && { flights: mutant.flights() }),
    }),
    memo: coherentMemo<Item | undefined>({ cells, trust, tokens, table: tracked, ticks: world.time.now }),
    replies: createReplies(fenced, clock, settle),
  };
}

/** Wall clocks of instances differ; that of the virtual time runs evenly. */
function clockOf({ time, random }: World, process: Process): Clock {
  const skew = random.between(-2_000, 2_000);
  return {
    now: () => Math.floor(START + time.now() + skew),
    sleep: (ms) => new Promise((resolve) => time.wake(ms, process, resolve)),
  };
}

async function startBeating(beat: () => Promise<void>, clock: Clock): Promise<void> {
  for (;;) {
    await beat().catch(() => {});
    await clock.sleep(BEAT_MS);
  }
}

/** The coherence's own action, with an id that repeats itself: of a time, and by chance within a millisecond. */
function dirtyActions({ random }: World, clock: Clock): Coherence['dirty'] {
  return (scopes) => {
    const at = clock.now();
    const chance = random.below(2 ** 32);
    return putDirty({ id: `${at.toString(16)}-${chance.toString(16).padStart(8, '0')}`, scopes, at });
  };
}

const isRecord = (action: Action) => action.type === 'put' && action.item.kind === 'dirty';

/** Notes what the protocol asks for, whatever a mutant makes of it. */
function noting(table: Table): Table {
  return {
    ...table,
    write(actions) {
      const request = serving.getStore();
      if (request && actions.some(isRecord)) request.recorded = true;
      return table.write(actions);
    },
  };
}
