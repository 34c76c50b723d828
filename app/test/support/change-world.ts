import type { Change } from '../../src/table/changes/change.ts';
import type { Feed } from '../../src/table/changes/feed.ts';
import type { Action, Table } from '../../src/table/table.ts';
import { createRandom, type Random } from '../simulation/random.ts';
import { changeLogOver, entityWrite } from './change-log.ts';
import { modelTable } from './model-table.ts';
import { type TestClock, testClock } from './test-clock.ts';

export interface WorldOptions {
  readonly seed: number;
  readonly writers: number;
  /** How far clocks may be off, either way. */
  readonly skewMs: number;
  /** The longest that a write takes to land. */
  readonly delayMs: number;
  readonly isShared: boolean;
  /** Whether followers are shown writes at once although there are several writers: the mistake to be found. */
  readonly isHasty?: boolean;
}

/** A follower, and all that it has seen. */
export interface Seen {
  readonly feed: Feed;
  readonly changes: Change[];
  next: string | undefined;
}

export interface World {
  readonly committed: readonly string[];
  readonly followers: readonly Seen[];
}

const START = Date.UTC(2026, 0, 1);
const STEPS = 250;
const ENTITIES = 6;
const FOLLOWERS = 3;
const idle = () => new Promise(setImmediate);

/** Writes on their way to the store, which land when the world says so: in any order, or in that in which they came. */
function delayed(table: Table, clock: TestClock, dueAt: () => number) {
  const underWay: { due: number; land: () => void }[] = [];
  const write = (actions: readonly Action[]) =>
    new Promise<void>((resolve, reject) => {
      underWay.push({ due: dueAt(), land: () => table.write(actions).then(resolve, reject) });
    });
  /** Lets time go by; each write lands when it is due. */
  async function pass(ms: number): Promise<void> {
    for (const until = clock.now() + ms; ; ) {
      const [next] = underWay.sort((a, b) => a.due - b.due);
      if (!next || next.due > until) return clock.advance(until - clock.now());
      clock.advance(Math.max(0, next.due - clock.now()));
      underWay.shift();
      next.land();
      await idle();
    }
  }
  return { table: { ...table, write }, pass };
}

/** Lets writers and followers run into each other for a while, and followers come to the end of the log. */
export async function runWorld(options: WorldOptions): Promise<World> {
  const { seed, writers, skewMs, delayMs, isShared, isHasty = false } = options;
  const random = createRandom(seed);
  const clock = testClock(START);
  const store = modelTable(clock);
  const skewed = () => {
    const skew = Math.round(random.between(-skewMs, skewMs));
    return { now: () => clock.now() + skew, sleep: clock.sleep };
  };
  let lastDue = 0;
  const late = () => clock.now() + 1 + random.below(delayMs);
  const slow = delayed(store, clock, isShared ? late : () => (lastDue = Math.max(lastDue, late())));
  const logs = Array.from(
    { length: writers },
    () => changeLogOver(slow.table, { clock: skewed(), isShared }).table,
  );
  const followers = Array.from({ length: FOLLOWERS }, (): Seen => {
    const { feed } = changeLogOver(store, { clock: skewed(), isShared: isShared && !isHasty });
    return { feed, changes: [], next: undefined };
  });
  const { committed, write } = writing(store, random);

  for (let step = 0; step < STEPS; step++) {
    await slow.pass(1 + random.below(random.chance(0.05) ? 9_000 : 400));
    if (random.chance(0.7)) void write(random.pick(logs));
    await idle();
    if (random.chance(0.4)) await look(random.pick(followers), 1 + random.below(6));
  }
  await slow.pass(100_000);
  for (const one of followers) while (await look(one, 7));
  return { committed, followers };
}

/** Writes to entities by compare and swap; notes what was done. */
function writing(store: Table, random: Random) {
  const committed: string[] = [];
  async function write(log: Table): Promise<void> {
    const n = random.below(ENTITIES);
    const other = (n + 1) % ENTITIES;
    const both = random.chance(0.2) ? [n, other] : [n];
    const current = await Promise.all(both.map((one) => versionOf(store, one)));
    try {
      await log.write(both.map((one, i) => entityWrite(one, current[i]! + 1)));
      committed.push(...both.map((one, i) => `${one} ${current[i]! + 1}`));
    } catch (error) {
      if ((error as { code?: string }).code !== 'write_conflict') throw error;
    }
  }
  return { committed, write };
}

async function versionOf(store: Table, n: number): Promise<number> {
  const { pk, sk } = (entityWrite(n, 1) as Extract<Action, { type: 'put' }>).item;
  return Number((await store.get({ pk, sk }))?.version ?? 0);
}

async function look(one: Seen, limit: number): Promise<boolean> {
  const page = await one.feed.read('default', { after: one.next, limit });
  one.changes.push(...page.items);
  one.next = page.next;
  return page.hasMore;
}
