import { createMemoryCells } from '../../src/adapters/memory/cells.ts';
import { CellsUnavailable } from '../../src/cache/cells.ts';
import { coherentMemo } from '../../src/cache/memo.ts';
import { createTokens } from '../../src/cache/tokens.ts';
import { trackReads } from '../../src/cache/tracked.ts';
import { ALONE, type Trust } from '../../src/cache/trust.ts';
import { modelTable } from '../support/model-table.ts';
import { testClock } from '../support/test-clock.ts';

const SCOPE = 'acme#types';

function setUp(trust: Partial<Trust> = {}) {
  const clock = testClock();
  const cells = createMemoryCells({ maxBytes: 1_000_000, ticks: clock.now });
  const tokens = createTokens();
  const state = { isIll: false };
  const look: typeof cells.look = async (...given) => {
    if (state.isIll) throw new CellsUnavailable('timeout');
    return cells.look(...given);
  };
  const memo = coherentMemo<number>({
    cells: { ...cells, look },
    trust: { ...ALONE, ...trust },
    tokens,
    table: trackReads(modelTable(clock)),
    ticks: clock.now,
  });
  let loads = 0;
  const recall = () => memo.recall(SCOPE, 'city', async () => ++loads);
  const change = async () => {
    const token = tokens.next(0);
    await cells.intend([SCOPE], token, 1_000);
    await cells.commit([SCOPE], token, tokens.next(0));
  };
  return { clock, memo, recall, change, state };
}

test('a thing is read once for as long as its scope does not change', async () => {
  const { recall, change } = setUp();
  expect([await recall(), await recall()]).toEqual([1, 1]);
  await change();
  expect([await recall(), await recall()]).toEqual([2, 2]);
});

test('what is forgotten is read again', async () => {
  const { recall, memo } = setUp();
  await recall();
  memo.forget('city');
  expect(await recall()).toBe(2);
});

test('without the cells it is read each time', async () => {
  const { recall, state } = setUp();
  await recall();
  state.isIll = true;
  expect([await recall(), await recall()]).toEqual([2, 3]);
});

test('without the cells it is gone by while that is agreed on, and read again after', async () => {
  const { recall, state, clock } = setUp({ remembers: (began) => clock.now() - began < 750 });
  state.isIll = true;
  expect([await recall(), await recall()]).toEqual([1, 1]);
  clock.advance(749);
  expect(await recall()).toBe(1);
  clock.advance(1);
  expect(await recall()).toBe(2);
});

test('what was read without the cells says nothing once they are back', async () => {
  const { recall, state } = setUp({ remembers: () => true });
  state.isIll = true;
  await recall();
  state.isIll = false;
  expect([await recall(), await recall()]).toEqual([2, 2]);
});

test('neighbours without the cells share a reading that has not begun', async () => {
  const { recall, state } = setUp();
  state.isIll = true;
  expect(await Promise.all([recall(), recall(), recall()])).toEqual([1, 2, 2]);
});
