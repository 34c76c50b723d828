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
  const breaker = createBreaker(clock.now, () => 0);
  const cells = guardCells({ ...memory, look }, breaker, silentMeter);
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
  };
  return { cells, clock, fall, heal, reason, asked: () => asked };
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
