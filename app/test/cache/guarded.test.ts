import { createMemoryCells } from '../../src/adapters/memory/cells.ts';
import { createBreaker } from '../../src/cache/breaker.ts';
import { type Cells, CellsUnavailable } from '../../src/cache/cells.ts';
import { guardCells } from '../../src/cache/guarded.ts';
import { silentMeter } from '../../src/kernel/ports.ts';
import { testClock } from '../support/test-clock.ts';

function setUp() {
  const clock = testClock();
  const memory = createMemoryCells({ maxBytes: 1_000_000, ticks: clock.now });
  let ill = false;
  let asked = 0;
  const look: Cells['look'] = async (scopes, at) => {
    asked += 1;
    if (ill) throw new CellsUnavailable('timeout');
    return memory.look(scopes, at);
  };
  let full = false;
  const intend: Cells['intend'] = async (...given) => {
    if (full) throw new CellsUnavailable('oom');
    return memory.intend(...given);
  };
  const breaker = createBreaker(clock.now, () => 0);
  const cells = guardCells({ ...memory, look, intend }, breaker, silentMeter);
  const reason = () =>
    cells.look(['s']).then(
      () => 'ok',
      (error) => error.reason,
    );
  const fall = async () => {
    ill = true;
    for (let n = 0; n < 6; n++) {
      await reason();
      clock.advance(50);
    }
  };
  const heal = () => {
    ill = false;
    full = false;
  };
  /** They still answer, but keep nothing; somebody goes on trying. */
  const fillUp = async () => {
    full = true;
    for (let n = 0; n < 6; n++) {
      await reason();
      await cells.intend(['s'], 'token', 100).catch(() => {});
      clock.advance(50);
    }
  };
  return { cells, clock, fall, fillUp, heal, reason, asked: () => asked };
}

test('while it is open nobody waits for the cells, and only the probe asks them', async () => {
  const { cells, clock, fall, heal, reason, asked } = setUp();
  await fall();
  const before = asked();
  clock.advance(60_000);
  expect(await reason()).toBe('breaker');
  expect(asked()).toBe(before);
  await cells.probe(); // still ill
  expect(await reason()).toBe('breaker');
  heal();
  clock.advance(10_000);
  await cells.probe();
  expect(asked()).toBe(before + 2);
  clock.advance(15_000);
  expect(await reason()).toBe('ok');
});

test('a probe leaves cells alone that are well', async () => {
  const { cells, asked } = setUp();
  await cells.probe();
  expect(asked()).toBe(0);
});

test('cells that keep nothing are not asked either, until they do again', async () => {
  const { cells, clock, fillUp, heal, reason } = setUp();
  await fillUp();
  expect(await reason()).toBe('breaker');
  clock.advance(10_000);
  await cells.probe(); // they answer, but are still full
  expect(await reason()).toBe('breaker');
  heal();
  clock.advance(10_000);
  await cells.probe();
  clock.advance(15_000);
  expect(await reason()).toBe('ok');
});
