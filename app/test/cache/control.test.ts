import { createMemoryCells } from '../../src/adapters/memory/cells.ts';
import { ABSENT, type Cells, CellsUnavailable } from '../../src/cache/cells.ts';
import { createCoherence } from '../../src/cache/control.ts';
import { COHERENCE } from '../../src/cache/records.ts';
import { createTokens } from '../../src/cache/tokens.ts';
import { silentLog, silentMeter } from '../../src/kernel/ports.ts';
import type { Table } from '../../src/table/table.ts';
import { modelTable } from '../support/model-table.ts';
import { testClock } from '../support/test-clock.ts';

const SCOPE = 'acme#thing#1';
/** Epochs begin with the seconds of the clock. */
const EPOCH = Date.UTC(2026, 0, 1) / 1000;

/** A shared store and a Redis, of which instances are made that beat when they are told to. */
function setUp() {
  const clock = testClock();
  const table = modelTable(clock);
  const cells = createMemoryCells({ maxBytes: 1_000_000, ticks: clock.now });
  function instance(
    redis: { name: string | undefined },
    more: Partial<Cells> = {},
    store: Table = table,
    isIll = () => false,
  ) {
    return createCoherence({
      isIll,
      table: store,
      cells: { ...cells, incarnation: () => redis.name, ...more },
      clock,
      ticks: clock.now,
      log: silentLog,
      meter: silentMeter,
    });
  }
  const stored = async () => (await table.query({ pk: COHERENCE, limit: 10_000 })).items;
  const control = async () => (await stored()).find((item) => item.sk === 'control');
  return { clock, table, cells, instance, stored, control };
}

test('nothing is trusted before the first beat; the very first instance may begin at once', async () => {
  const { instance, control } = setUp();
  const { trust, beat } = instance({ name: 'r1' });
  expect([trust.mayRead(), trust.mayFence(), trust.mayReadUnverified()]).toEqual([false, false, false]);
  await beat();
  expect(await control()).toMatchObject({ epoch: EPOCH, incarnation: 'r1', phase: 'open' });
  expect([trust.mayRead(), trust.mayFence(), trust.epoch()]).toEqual([true, true, EPOCH]);
});

test('a later instance waits a lease before it reads, or counts its writes as fenced', async () => {
  const { instance, clock } = setUp();
  await instance({ name: 'r1' }).beat();
  const { trust, beat } = instance({ name: 'r1' });
  await beat();
  expect([trust.mayRead(), trust.mayFence()]).toEqual([false, false]);
  clock.advance(749);
  await beat();
  expect([trust.mayRead(), trust.mayFence()]).toEqual([false, false]);
  clock.advance(1);
  expect([trust.mayRead(), trust.mayFence()]).toEqual([true, true]);
});

test('what a beat said is good for a lease from its beginning, and for a minute if there is nothing better', async () => {
  const { instance, clock, table } = setUp();
  const slow: Table = {
    ...table,
    query: async (query) => {
      const answer = await table.query(query);
      clock.advance(700);
      return answer;
    },
  };
  const { trust, beat } = instance({ name: 'r1' }, {}, slow);
  await beat();
  clock.advance(49);
  expect([trust.mayRead(), trust.mayFence()]).toEqual([true, true]);
  clock.advance(1);
  expect([trust.mayRead(), trust.mayFence(), trust.mayReadUnverified()]).toEqual([false, false, true]);
  clock.advance(60_000);
  expect(trust.mayReadUnverified()).toBe(false);
});

test('another Redis is another epoch, for everybody', async () => {
  const { instance, clock, control } = setUp();
  const [first, second] = [{ name: 'r1' }, { name: 'r1' }];
  const [a, b] = [instance(first), instance(second)];
  for (const { beat } of [a, b]) await beat();
  clock.advance(750);
  for (const { beat } of [a, b]) await beat();
  expect([a.trust.mayRead(), b.trust.mayRead()]).toEqual([true, true]);
  second.name = 'r2';
  expect(b.trust.mayRead()).toBe(false); // before any beat
  await b.beat();
  expect(await control()).toMatchObject({ epoch: EPOCH + 1, incarnation: 'r2' });
  expect(a.trust.mayRead()).toBe(true); // until its lease ends, and so ...
  expect([b.trust.mayRead(), b.trust.mayFence()]).toEqual([false, false]);
  await a.beat();
  expect(await control()).toMatchObject({ epoch: EPOCH + 2, incarnation: 'r1' }); // it still speaks to the old one
  await b.beat();
  first.name = 'r2';
  for (const { beat } of [a, b]) await beat();
  clock.advance(750);
  for (const { beat } of [a, b]) await beat();
  expect([a.trust.mayRead(), b.trust.mayRead()]).toEqual([true, true]);
});

test('a Redis that is out of reach is not trusted and moves nothing', async () => {
  const { instance, control } = setUp();
  const redis: { name: string | undefined } = { name: 'r1' };
  const { trust, beat } = instance(redis);
  await beat();
  redis.name = undefined;
  await beat();
  expect(trust.mayRead()).toBe(false);
  expect(await control()).toMatchObject({ epoch: EPOCH });
});

test('scopes of a record are distrusted until they are empty, and the record goes after five seconds', async () => {
  const { instance, table, cells, clock, stored } = setUp();
  let reachable = false;
  const drop: Cells['drop'] = async (scopes) => {
    if (!reachable) throw new CellsUnavailable('timeout');
    return cells.drop(scopes);
  };
  const { trust, beat, dirty } = instance({ name: 'r1' }, { drop });
  await beat();
  await cells.open(SCOPE, createTokens().next(EPOCH));
  await table.write([dirty([SCOPE])]);
  await beat();
  expect(trust.distrusts(SCOPE)).toBe(true);
  expect(trust.distrusts('acme#thing#2')).toBe(false);
  reachable = true;
  await beat();
  expect(trust.distrusts(SCOPE)).toBe(false);
  expect((await cells.look([SCOPE])).cells).toEqual([ABSENT]);
  expect(await stored()).toHaveLength(2);
  clock.advance(5_000);
  await beat();
  expect(await stored()).toHaveLength(1);
});

test('an emptying that went to another Redis does not count', async () => {
  const { instance, table, cells } = setUp();
  const redis = { name: 'r1' };
  const drop: Cells['drop'] = async (scopes) => {
    await cells.drop(scopes);
    redis.name = 'r2';
  };
  const { trust, beat, dirty } = instance(redis, { drop });
  await beat();
  await table.write([dirty([SCOPE])]);
  await beat();
  expect(trust.distrusts(SCOPE)).toBe(true);
});

test('too many records suspend the cache; it comes back in two steps, under a new epoch', async () => {
  const { instance, table, clock, control, stored } = setUp();
  const { trust, beat, dirty } = instance({ name: 'r1' });
  await beat();
  for (let n = 0; n < 501; n++) await table.write([dirty([`acme#thing#${n}`])]);
  await beat();
  expect(await control()).toMatchObject({ phase: 'suspended', epoch: EPOCH });
  expect([trust.mayRead(), trust.mayFence(), trust.suspended()]).toEqual([false, false, false]);
  clock.advance(750); // by now every reader has noticed
  await beat();
  expect(await control()).toMatchObject({ phase: 'resuming', epoch: EPOCH + 1 });
  expect([trust.mayRead(), trust.mayFence(), trust.suspended()]).toEqual([false, false, false]);
  clock.advance(7_750); // and every write has landed that was not recorded
  await beat();
  expect(await control()).toMatchObject({ phase: 'open', epoch: EPOCH + 8 });
  clock.advance(750);
  await beat();
  expect(trust.mayRead()).toBe(true);
  expect((await stored()).filter(({ kind }) => kind === 'dirty')).toEqual([]);
});

test('it stays suspended for as long as the cells are too ill to be asked', async () => {
  const { instance, table, clock, control } = setUp();
  let ill = true;
  const { beat, dirty } = instance({ name: 'r1' }, {}, undefined, () => ill);
  await beat();
  for (let n = 0; n < 501; n++) await table.write([dirty([`acme#thing#${n}`])]);
  for (let past = 0; past < 20_000; past += 1_000) {
    clock.advance(1_000);
    await beat();
  }
  expect(await control()).toMatchObject({ phase: 'suspended', epoch: EPOCH });
  ill = false;
  await beat();
  expect(await control()).toMatchObject({ phase: 'resuming' });
});

test('cells that are too ill to be asked are not emptied, and what is left stays distrusted until they are', async () => {
  const { instance, cells, table, clock } = setUp();
  let ill = true;
  const dropped: string[] = [];
  const drop: Cells['drop'] = async (scopes) => {
    dropped.push(...scopes);
    await cells.drop(scopes);
  };
  const { trust, beat, dirty } = instance({ name: 'r1' }, { drop }, undefined, () => ill);
  await beat();
  await table.write([dirty([SCOPE])]);
  clock.advance(1_000);
  await beat();
  expect([dropped, trust.distrusts(SCOPE)]).toEqual([[], true]);
  ill = false;
  await beat();
  expect([dropped, trust.distrusts(SCOPE)]).toEqual([[SCOPE], false]);
});

test('an instance without cells goes by what it remembers, and everybody knows', async () => {
  const { instance, clock } = setUp();
  const redis = { name: 'r1' as string | undefined };
  const [blind, other] = [instance(redis), instance({ name: 'r1' })];
  const live = async (ms: number) => {
    for (let past = 0; past < ms; past += 250) {
      clock.advance(250);
      for (const { beat } of [blind, other]) await beat();
    }
  };
  await live(1_000);
  expect([blind.trust.remembers(clock.now()), other.trust.isSomebodyBlind()]).toEqual([false, false]);
  redis.name = undefined;
  await live(1_500);
  expect([blind.trust.remembers(clock.now()), other.trust.isSomebodyBlind()]).toEqual([true, true]);
  redis.name = 'r1';
  await live(11_000);
  expect([blind.trust.remembers(clock.now()), other.trust.isSomebodyBlind()]).toEqual([false, false]);
});

test('cells that are too ill to be asked are as good as none', async () => {
  const { instance, clock, stored } = setUp();
  const { beat } = instance({ name: 'r1' }, {}, undefined, () => true);
  for (let n = 0; n < 2; n++) {
    await beat();
    clock.advance(250);
  }
  expect((await stored()).map(({ kind }) => kind).sort()).toEqual(['blind', 'control']);
});
