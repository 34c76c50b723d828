import { fail } from '../../src/kernel/errors.ts';
import { type Log, silentLog } from '../../src/kernel/ports.ts';
import type { Change } from '../../src/table/changes/change.ts';
import type { Feed } from '../../src/table/changes/feed.ts';
import type { Watcher } from '../../src/table/changes/room.ts';
import { createWatch } from '../../src/table/changes/watch.ts';
import { unavailable } from '../../src/table/failures.ts';
import type { Action, Table } from '../../src/table/table.ts';
import { createRandom } from '../simulation/random.ts';
import { changeLogOver, entityWrite } from '../support/change-log.ts';
import { type ManualClock, manualClock } from '../support/manual-clock.ts';
import { modelTable } from '../support/model-table.ts';

const DAY_MS = 24 * 3_600_000;
const here = new AbortController().signal;

/** A log that is watched, with a count of the looks at it. */
function world({ most = 10, log = silentLog }: { most?: number; log?: Log } = {}) {
  const clock: ManualClock = manualClock();
  const { table, feed: real } = changeLogOver(modelTable(clock), { clock });
  const watched: number[] = [];
  const meter = { changesWatched: (count: number) => void watched.push(count) };
  const state = { reads: 0, failure: undefined as unknown, gate: undefined as Promise<void> | undefined };
  const feed: Feed = {
    ...real,
    async read(organisation, query) {
      state.reads += 1;
      if (state.failure) throw state.failure;
      const page = await real.read(organisation, query);
      const { gate } = state;
      state.gate = undefined;
      await gate;
      return page;
    },
  };
  /** Keeps back the answer of the next look until the function is called that this answers. */
  function hold(): () => void {
    let open = () => {};
    state.gate = new Promise((resolve) => {
      open = resolve;
    });
    return open;
  }
  return { clock, table, feed, state, watched, hold, watch: createWatch({ feed, clock, log, meter, most }) };
}

const write = (table: Table, from: number, count = 1, organisation = 'default') =>
  table.write(Array.from({ length: count }, (_, i): Action => entityWrite(from + i, 1, organisation)));
const numbers = (changes: readonly Change[]) => changes.map(({ uuid }) => Number(uuid.slice(-6)));
const next = (watcher: Watcher, after: string | undefined, ms = 10_000, signal = here) =>
  watcher.next({ after, limit: 100 }, ms, signal);

test('one look a second serves all who wait', async () => {
  const { clock, table, feed, state, watch } = world();
  const end = await feed.end('default');
  const waiting = Array.from({ length: 5 }, () => next(watch.join('default'), end));
  await clock.advance(0);
  const before = state.reads;
  await write(table, 1);
  await clock.advance(1_000);
  for (const page of await Promise.all(waiting)) expect(numbers(page.items)).toEqual([1]);
  expect(state.reads).toBe(before + 1);
  await clock.advance(1_000);
  expect(state.reads).toBe(before + 2);
});

test('nothing is asked of the store while nobody is there', async () => {
  const { clock, table, state, watch } = world();
  const watcher = watch.join('default');
  const { next: end } = await next(watcher, undefined, 0);
  await clock.advance(1_000);
  watcher.leave();
  const { reads } = state;
  for (let second = 0; second < 5; second++) await clock.advance(1_000);
  expect(state.reads).toBe(reads);
  await write(table, 1);
  const again = next(watch.join('default'), end);
  expect(numbers((await again).items)).toEqual([1]);
});

test('who comes back within a second finds the same look going on, and no second one', async () => {
  const { clock, state, watch } = world();
  const first = watch.join('default');
  const { next: end } = await next(first, undefined, 0);
  first.leave();
  void next(watch.join('default'), end);
  const { reads } = state;
  await clock.advance(1_000);
  await clock.advance(1_000);
  expect(state.reads).toBe(reads + 2);
});

test('a wait ends with its time, at a place that has moved on, or with its signal', async () => {
  const { clock, watch } = world();
  const watcher = watch.join('default');
  const { next: end } = await next(watcher, undefined, 0);
  const timed = next(watcher, end, 3_000);
  const ending = new AbortController();
  const called = next(watcher, end, 60_000, ending.signal);
  for (let second = 0; second < 3; second++) await clock.advance(1_000);
  const page = await timed;
  expect(page).toMatchObject({ items: [], hasMore: false });
  expect(page.next > end).toBe(true);
  ending.abort();
  expect((await called).items).toEqual([]);
  expect((await next(watcher, end, 60_000, ending.signal)).items).toEqual([]);
});

test('who is too far behind for what is remembered reads the log', async () => {
  const { clock, table, state, watch } = world();
  const watcher = watch.join('default');
  let { next: at } = await next(watcher, undefined, 0);
  for (let i = 0; i < 30; i++) await write(table, i * 50, 50);
  await clock.advance(1_000);
  const { reads } = state;
  const seen: number[] = [];
  while (seen.length < 1_500) {
    const page = await next(watcher, at);
    seen.push(...numbers(page.items));
    at = page.next;
  }
  expect(seen).toEqual(Array.from({ length: 1_500 }, (_, i) => i));
  expect(state.reads - reads).toBe(5);
});

test('what is no cursor is refused, also where the log is not looked at', async () => {
  const { watch } = world();
  const watcher = watch.join('default');
  await next(watcher, undefined, 0);
  await expect(next(watcher, 'x')).rejects.toMatchObject({ code: 'invalid_cursor' });
});

test('who has fallen behind what is kept is told so', async () => {
  const { clock, feed, watch } = world();
  const start = await feed.end('default');
  await clock.advance(8 * DAY_MS);
  await expect(next(watch.join('default'), start)).rejects.toMatchObject({ code: 'cursor_expired' });
});

test('a look that has fallen behind what is kept sends everybody back to the log', async () => {
  const { clock, state, watch } = world();
  const watcher = watch.join('default');
  const { next: at } = await next(watcher, undefined, 0);
  const waiting = next(watcher, at, 60_000);
  state.failure = fail('gone', 'cursor_expired', 'Too old.');
  const refused = expect(waiting).rejects.toMatchObject({ code: 'cursor_expired' });
  await clock.advance(1_000);
  await refused;
});

test('a store that is ill for a while disturbs nobody, and is told of once', async () => {
  const warned: string[] = [];
  const log = { ...silentLog, warn: (message: string) => void warned.push(message) };
  const { clock, table, state, watch } = world({ log });
  const watcher = watch.join('default');
  const { next: at } = await next(watcher, undefined, 0);
  const waiting = next(watcher, at, 60_000);
  state.failure = unavailable(new Error('out of reach'));
  for (let second = 0; second < 3; second++) await clock.advance(1_000);
  expect(warned).toEqual(['the change log cannot be watched']);
  state.failure = undefined;
  await write(table, 1);
  await clock.advance(1_000);
  expect(numbers((await waiting).items)).toEqual([1]);
});

test('a store that hangs is looked at once, and nobody is kept waiting by it', async () => {
  const { clock, state, watch, hold } = world();
  const watcher = watch.join('default');
  const { next: at } = await next(watcher, undefined, 0);
  const waiting = next(watcher, at, 3_000);
  const open = hold();
  const { reads } = state;
  for (let second = 0; second < 3; second++) await clock.advance(1_000);
  expect(await waiting).toEqual({ items: [], next: at, hasMore: false });
  expect(state.reads).toBe(reads + 1);
  open();
  await clock.advance(0);
  await clock.advance(1_000);
  expect(state.reads).toBe(reads + 2);
});

test('what is found while somebody still reads is not waited for', async () => {
  const { clock, table, watch, hold } = world();
  await next(watch.join('default'), undefined, 0);
  const open = hold();
  const reading = next(watch.join('default'), undefined, 60_000);
  await write(table, 1);
  await clock.advance(1_000);
  open();
  expect(numbers((await reading).items)).toEqual([1]);
});

test('so many may watch and no more, of one organisation and of all', async () => {
  const { watch, watched } = world({ most: 2 });
  const [first] = [watch.join('default'), watch.join('default')];
  const full = expect.objectContaining({ code: 'too_many_watchers', retryAfter: 20 });
  expect(() => watch.join('default')).toThrow(expect.objectContaining({ kind: 'limited' }));
  first!.leave();
  const again = watch.join('default');
  for (let other = 1; other < 10; other++) for (let i = 0; i < 2; i++) watch.join(`other-${other}`);
  expect(() => watch.join('one-more')).toThrow(expect.objectContaining({ kind: 'unavailable' }));
  expect(() => watch.join('one-more')).toThrow(full);
  again.leave();
  watch.join('one-more');
  expect(watched).toEqual([1, 2, 1, ...Array.from({ length: 19 }, (_, i) => i + 2), 19, 20]);
});

/** Somebody who takes what there is now and then, and checks that it is the own organisation's. */
function follower(watcher: Watcher, limit: number, types: readonly string[] | undefined) {
  const seen: number[] = [];
  let after: string | undefined;
  async function take(): Promise<void> {
    const { items, next: place } = await watcher.next({ after, limit, types }, 0, here);
    expect(items.every(({ organisation }) => organisation === 'default')).toBe(true);
    seen.push(...numbers(items));
    after = place;
  }
  return { seen, take };
}

const seeds = Array.from({ length: 20 }, (_, i) => i + 1);

test.each(seeds)('each change once and in order to whoever follows, quick or slow, seed %i', async (seed) => {
  const random = createRandom(seed);
  const { clock, table, watch } = world();
  const followers = Array.from({ length: 4 }, () =>
    follower(watch.join('default'), 1 + random.below(40), random.chance(0.5) ? ['thing'] : undefined),
  );
  let written = 0;
  for (let step = 0; step < 150; step++) {
    if (random.chance(0.3)) {
      const count = 1 + random.below(90);
      await write(table, written, count);
      await write(table, written, count, 'other');
      written += count;
    }
    if (random.chance(0.3)) await clock.advance(random.below(2_000));
    if (random.chance(0.7)) await random.pick(followers).take();
  }
  await clock.advance(1_000);
  for (const { seen, take } of followers) {
    for (let reads = 0; seen.length < written && reads < written; reads++) await take();
    expect(seen).toEqual(Array.from({ length: written }, (_, i) => i));
  }
});
