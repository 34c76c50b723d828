import { contended, unavailable } from '../../src/table/failures.ts';
import type { Action, Item, Table } from '../../src/table/table.ts';
import { call, type Fate } from './calls.ts';
import type { Process } from './timeline.ts';
import { latency, reach, type World } from './world.ts';

/** How the store is for one instance. Until those times... */
export interface Weather {
  /** ... it cannot be reached, */
  cutUntil: number;
  /** ... it is slow: it takes up to so many milliseconds, */
  slowUntil: number;
  slowMs: number;
  /** ... most writes end in an error. */
  troubleUntil: number;
}

const PATIENCE_MS = 2_500;
/** A write that its caller gave up may land up to so late: within WRITE_MS of the protocol. */
const LATE_MS = [100, 1_000, 4_500];

/** The table as an instance reaches it: refused, slow, or of unknown outcome, as the weather is. */
export function remoteTable(world: World, process: Process, weather: Weather): Table {
  const { time, random, store, scenario, note } = world;

  function plainFate(): Fate {
    if (weather.cutUntil > time.now()) {
      return { request: undefined, reply: undefined, patience: random.between(1, 20) };
    }
    const { slowUntil, slowMs } = weather;
    if (slowUntil > time.now()) {
      return {
        request: random.between(0, slowMs),
        reply: random.between(0, slowMs / 4),
        patience: PATIENCE_MS,
      };
    }
    return { request: latency(world), reply: latency(world), patience: PATIENCE_MS };
  }

  /** One in three of the troubled is refused instead: see `write`. */
  function troubledFate(): Fate {
    const request = random.pick([undefined, latency(world), random.between(0, random.pick(LATE_MS))]);
    return { request, reply: undefined, patience: random.between(5, 300) };
  }

  const ask = <T>(command: string, fate: Fate, effect: () => T) =>
    call(world, { command, process, fate, effect, late: unavailable });

  function isTroubled(): boolean {
    return random.chance(weather.troubleUntil > time.now() ? 0.6 : scenario.storeTrouble);
  }

  async function write(actions: readonly Action[]): Promise<void> {
    if (random.chance(0.1)) await prepared();
    if (!isTroubled()) return ask('write', plainFate(), () => apply(actions));
    if (random.chance(1 / 3)) return ask('refusal', plainFate(), refuse);
    return ask('write', troubledFate(), () => apply(actions));
  }

  /** Some time passes before the request leaves the process, which may be paused meanwhile. */
  async function prepared(): Promise<void> {
    reach(world, { stage: 'sent', command: 'prepare', process, scope: undefined });
    await new Promise<void>((resolve) => time.wake(latency(world), process, resolve));
  }

  function apply(actions: readonly Action[]): void {
    note(() => `table: ${process.name} writes ${actions.map(described).join(', ')}`);
    store.write(actions);
  }

  return {
    get: (key) => ask('get', plainFate(), () => store.get(key)),
    getMany: (keys) => ask('getMany', plainFate(), () => keys.map(store.get)),
    query: (query) => ask('query', plainFate(), () => store.query(query)),
    write,
    async close() {},
  };
}

function refuse(): never {
  throw contended();
}

function described(action: Action): string {
  if (action.type !== 'put') return `${action.type} ${action.key.pk} ${action.key.sk}`;
  const { pk, sk, kind, schema, ...rest } = action.item as Item & { by?: string };
  const text = kind === 'dirty' || kind === 'control' ? JSON.stringify(rest) : (rest.by ?? '');
  return `put ${pk} ${sk} ${text}`;
}
