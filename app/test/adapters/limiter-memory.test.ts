import { createMemoryLimiter } from '../../src/adapters/limiter-memory.ts';
import { limiterContract } from '../contract/limiter-contract.ts';
import { testClock } from '../support/test-clock.ts';

limiterContract('memory', async () => {
  const clock = testClock();
  const limiter = createMemoryLimiter(clock);
  return { limiter, clock, close: () => limiter.close() };
});

const from = (subject: string | number, perMinute = 5) => ({
  policy: 'address',
  subject: String(subject),
  perMinute,
});

test('a flood from more addresses than fit forgets those quiet for longest, not the busy ones', () => {
  const limiter = createMemoryLimiter(testClock());
  limiter.take([from('quiet')]);
  for (let n = 0; n < 60_000; n += 1) {
    limiter.take([from(n)]);
    if (n % 1_000 === 0) limiter.take([from('busy', 10_000)]);
  }
  expect(limiter.take([from('quiet')]).remaining).toBe(4);
  expect(limiter.take([from('busy', 10_000)]).remaining).toBe(10_000 - 61);
});

test('minutes of different subjects end at different times, the same in every process', () => {
  const clock = testClock();
  const ends = (limiter = createMemoryLimiter(clock)) =>
    Array.from({ length: 1_000 }, (_, n) => limiter.take([from(n)]).resetMs);
  expect(ends()).toEqual(ends());
  for (const tenth of Array.from({ length: 10 }, (_, n) => n)) {
    const inIt = ends().filter((ms) => Math.floor((ms - 1) / 6_000) === tenth);
    expect(inIt.length).toBeGreaterThan(50);
  }
});
