import { createBreaker } from '../../src/cache/breaker.ts';

function setUp() {
  let now = 1_000;
  const breaker = createBreaker(
    () => now,
    () => 0,
  );
  const fail = (times: number) => Array.from({ length: times }, () => breaker.failed());
  const pass = (ms: number) => {
    now += ms;
  };
  /** Makes it open. */
  const trip = () => {
    fail(4);
    pass(200);
    breaker.failed();
  };
  return { breaker, fail, pass, trip };
}

test('opens after five failures in a row, not after four, and not for one moment', () => {
  const { breaker, fail, pass } = setUp();
  fail(5);
  breaker.succeeded();
  fail(4);
  pass(200);
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
  const { breaker, trip, pass } = setUp();
  trip();
  for (const wait of [1_000, 2_000, 4_000, 8_000, 10_000, 10_000]) {
    pass(wait - 1);
    expect(breaker.allows()).toBe(false);
    pass(1);
    expect([breaker.allows(), breaker.allows(), breaker.state()]).toEqual([true, false, 'half_open']);
    breaker.failed();
  }
});

test('what answers late, to calls from before it opened, neither closes it nor opens it anew', () => {
  const { breaker, trip, pass } = setUp();
  trip();
  breaker.succeeded();
  breaker.failed();
  expect(breaker.state()).toBe('open');
  pass(1_000);
  expect(breaker.allows()).toBe(true);
});

test('after an outage readers come back by degrees, over as long as it was and at most fifteen seconds', () => {
  const { breaker, trip, pass } = setUp();
  expect(breaker.admitted()).toBe(1);
  trip();
  for (const [outage, ramp] of [
    [4_000, 4_000],
    [60_000, 15_000],
  ] as const) {
    pass(outage);
    expect(breaker.allows()).toBe(true);
    breaker.succeeded();
    expect(breaker.state()).toBe('closed');
    expect(breaker.admitted()).toBeCloseTo(0.1);
    pass(ramp / 2);
    expect(breaker.admitted()).toBeCloseTo(0.55);
    pass(ramp / 2);
    expect(breaker.admitted()).toBe(1);
    trip();
  }
});
