import { createMemoryCells } from '../../src/adapters/memory/cells.ts';
import { type Cells, CellsUnavailable, WRITING } from '../../src/cache/cells.ts';
import { type FencedOptions, fencedTable } from '../../src/cache/fenced.ts';
import { COHERENCE, putDirty } from '../../src/cache/records.ts';
import { createTokens } from '../../src/cache/tokens.ts';
import { ALONE, LEASE_MS } from '../../src/cache/trust.ts';
import { silentLog, silentMeter } from '../../src/kernel/ports.ts';
import { ConditionFailed, unavailable } from '../../src/table/failures.ts';
import { REPLY } from '../../src/table/replies.ts';
import type { Action, Table } from '../../src/table/table.ts';
import { modelTable } from '../support/model-table.ts';
import { testClock } from '../support/test-clock.ts';

const SCOPE = 'acme#thing#1';
const put = (sk = 'x', pk = SCOPE): Action => ({ type: 'put', item: { pk, sk, kind: 'thing', schema: 1 } });
const ill = async () => {
  throw new CellsUnavailable('timeout');
};

function setUp(
  more: { cells?: Partial<Cells>; store?: Partial<Table> } & Partial<Omit<FencedOptions, 'cells'>> = {},
) {
  const clock = testClock();
  const memory = createMemoryCells({ maxBytes: 1_000_000, ticks: clock.now });
  const model = modelTable(clock);
  const outcomes: string[] = [];
  let id = 0;
  const table = fencedTable(
    { ...model, ...more.store },
    {
      trust: ALONE,
      tokens: createTokens(),
      dirty: (scopes) => putDirty({ id: `r${++id}`, scopes, at: clock.now() }),
      clock,
      log: silentLog,
      meter: { ...silentMeter, cacheFence: (outcome) => void outcomes.push(outcome) },
      strict: false,
      ...more,
      cells: { ...memory, ...more.cells },
    },
  );
  const cell = async () => (await memory.look([SCOPE])).cells[0];
  const records = async () =>
    (await model.query({ pk: COHERENCE, limit: 10 })).items.map((item) => item.scopes);
  return { table, model, memory, clock, outcomes, cell, records };
}

test('a write is listed before it is done and taken off before it is acknowledged', async () => {
  const seen: unknown[] = [];
  const { table, cell, outcomes, records } = setUp({
    store: {
      async write() {
        seen.push(await cell());
      },
    },
  });
  await table.write([put()]);
  expect(seen).toEqual([WRITING]);
  expect(await cell()).not.toBe(WRITING);
  expect(outcomes).toEqual(['fenced']);
  expect(await records()).toEqual([]);
});

test('a write that cannot be listed carries a record in its own transaction', async () => {
  const writes: number[] = [];
  const { table, outcomes } = setUp({
    cells: { intend: ill },
    store: { write: async (actions) => void writes.push(actions.length) },
  });
  await table.write([put()]);
  expect(writes).toEqual([2]);
  expect(outcomes).toEqual(['recorded']);
});

test('behind a full transaction the record is a write of its own', async () => {
  const { table, records, model } = setUp({ cells: { intend: ill } });
  await table.write(Array.from({ length: 100 }, (_, i) => put(String(i))));
  expect((await model.query({ pk: SCOPE, limit: 200 })).items).toHaveLength(100);
  expect(await records()).toEqual([[SCOPE]]);
});

test('a write that is not taken off for certain is recorded', async () => {
  const { table, records, cell } = setUp({ cells: { commit: ill } });
  await table.write([put()]);
  expect(await records()).toEqual([[SCOPE]]);
  expect(await cell()).toBe(WRITING);
});

test('a writer that has lost sight of the others does not count as fenced', async () => {
  const { table, records } = setUp({ trust: { ...ALONE, mayFence: () => false } });
  await table.write([put()]);
  expect(await records()).toEqual([[SCOPE]]);
});

test('what can be neither fenced nor recorded is not acknowledged', async () => {
  let writes = 0;
  const store: Partial<Table> = {
    async write() {
      if (++writes > 1) throw unavailable(new Error('gone'));
    },
  };
  const { table, outcomes } = setUp({ cells: { commit: ill }, store });
  await expect(table.write([put()])).rejects.toMatchObject({ kind: 'unavailable' });
  expect(outcomes).toEqual(['failed']);
});

test('a refused write is taken off', async () => {
  const { table, cell, records } = setUp();
  const refused: Action = { ...put(), condition: { exists: true } };
  await expect(table.write([refused])).rejects.toBeInstanceOf(ConditionFailed);
  expect(await cell()).not.toBe(WRITING);
  expect(await records()).toEqual([]);
});

test('a write of which nobody knows how it ended stays listed until its mark runs out', async () => {
  const { table, cell, clock } = setUp({
    store: { write: async () => Promise.reject(unavailable(new Error('?'))) },
  });
  await expect(table.write([put()])).rejects.toMatchObject({ kind: 'unavailable' });
  expect(await cell()).toBe(WRITING);
  clock.advance(15_000);
  expect(await cell()).not.toBe(WRITING);
});

test('while the cache is suspended nothing is listed or recorded', async () => {
  const { table, records, outcomes } = setUp({
    trust: { ...ALONE, suspended: () => true },
    cells: { intend: ill, commit: ill },
  });
  await table.write([put()]);
  expect(await records()).toEqual([]);
  expect(outcomes).toEqual(['suspended']);
});

test('strict: what could not be fenced waits until no reader can miss it', async () => {
  const { table, clock } = setUp({ cells: { intend: ill }, strict: true });
  await table.write([put()]);
  expect(clock.sleeps).toEqual([LEASE_MS]);
});

test('what is never cached is not fenced', async () => {
  const { table, outcomes } = setUp({ cells: { intend: ill } });
  await table.write([put('x', 'system#things')]);
  expect(outcomes).toEqual([]);
});

test('a remembered reply keeps the scopes of the work, and settling them empties them', async () => {
  const { table, model, memory, cell } = setUp();
  const reply: Action = { type: 'put', item: { pk: 'acme#reply#me', sk: 'k', kind: REPLY, schema: 1 } };
  await table.write([put(), reply]);
  const stored = await model.get({ pk: 'acme#reply#me', sk: 'k' });
  expect(stored?.scopes).toEqual([SCOPE]);
  await memory.open(SCOPE, createTokens().next(0));
  await table.settle(stored?.scopes as string[]);
  expect(await cell()).toBe('absent');
});

test('settling that does not reach the cells is recorded', async () => {
  const { table, records } = setUp({ cells: { drop: ill } });
  await table.settle([SCOPE]);
  expect(await records()).toEqual([[SCOPE]]);
});

describe('while some instance goes by what it remembers', () => {
  const somebody = { trust: { ...ALONE, isSomebodyBlind: () => true } };
  const definition = put('city', 'acme#types');

  test('a change of what is remembered waits a lease before it is acknowledged', async () => {
    const { table, clock, model } = setUp(somebody);
    const before = clock.now();
    await table.write([definition]);
    expect(clock.now() - before).toBe(LEASE_MS);
    expect(await model.get({ pk: 'acme#types', sk: 'city' })).toBeDefined();
  });

  test('so does the reply to an earlier one', async () => {
    const { table, clock } = setUp(somebody);
    const before = clock.now();
    await table.settle(['acme#types']);
    expect(clock.now() - before).toBe(LEASE_MS);
  });

  test('nothing else waits', async () => {
    const { table, clock } = setUp(somebody);
    const before = clock.now();
    await table.write([put()]);
    await table.settle([SCOPE]);
    expect(clock.now()).toBe(before);
  });
});
