import { createBreaker } from '../../src/cache/breaker.ts';

function setUp() {
  let now = 0;
  const breaker = createBreaker(
    () => now,
    () => 0,
  );
  const fail = (times: number) => Array.from({ length: times }, () => breaker.failed());
  const pass = (ms: number) => {
    now += ms;
  };
  return { breaker, fail, pass };
}

test('opens after five failures in a row, not after four', () => {
  const { breaker, fail } = setUp();
  fail(4);
  breaker.succeeded();
  fail(4);
  expect(breaker.state()).toBe('closed');
  breaker.failed();
  expect(breaker.state()).toBe('open');
  expect(breaker.allows()).toBe(false);
});

test('opens when half of twenty calls in a second fail', () => {
  const { breaker } = setUp();
  for (let n = 0; n < 10; n++) {
    breaker.succeeded();
    breaker.failed();
  }
  expect(breaker.state()).toBe('open');
});

test('does not add up failures of different seconds', () => {
  const { breaker, pass } = setUp();
  for (let n = 0; n < 40; n++) {
    breaker.succeeded();
    breaker.failed();
    pass(150);
  }
  expect(breaker.state()).toBe('closed');
});

test('lets one caller find out; a failure doubles the wait, up to ten seconds', () => {
  const { breaker, fail, pass } = setUp();
  fail(5);
  for (const wait of [1_000, 2_000, 4_000, 8_000, 10_000, 10_000]) {
    pass(wait - 1);
    expect(breaker.allows()).toBe(false);
    pass(1);
    expect([breaker.allows(), breaker.allows(), breaker.state()]).toEqual([true, false, 'half_open']);
    breaker.failed();
  }
});

test('what answers late, to calls from before it opened, neither closes it nor opens it anew', () => {
  const { breaker, fail, pass } = setUp();
  fail(5);
  breaker.succeeded();
  breaker.failed();
  expect(breaker.state()).toBe('open');
  pass(1_000);
  expect(breaker.allows()).toBe(true);
});

test('after an outage readers come back by degrees over fifteen seconds', () => {
  const { breaker, fail, pass } = setUp();
  expect(breaker.admitted()).toBe(1);
  fail(5);
  pass(1_000);
  breaker.allows();
  breaker.succeeded();
  expect(breaker.state()).toBe('closed');
  expect(breaker.admitted()).toBeCloseTo(0.1);
  pass(7_500);
  expect(breaker.admitted()).toBeCloseTo(0.55);
  pass(7_500);
  expect(breaker.admitted()).toBe(1);
});
