import { createBreaker } from '../../src/cache/breaker.ts';

function setUp() {
  let now = 1_000;
  const breaker = createBreaker(
    () => now,
    () => 0,
  );
  const fail = (times: number) => Array.from({ length: times }, () => breaker.failed('answer'));
  const pass = (ms: number) => {
    now += ms;
  };
  /** Makes it open. */
  const trip = () => {
    fail(4);
    pass(200);
    breaker.failed('answer');
  };
  return { breaker, fail, pass, trip };
}

test('opens after five failures in a row, not after four, and not for one moment', () => {
  const { breaker, fail, pass } = setUp();
  fail(5);
  breaker.succeeded('answer');
  fail(4);
  pass(200);
  expect(breaker.state()).toBe('closed');
  breaker.failed('answer');
  expect(breaker.state()).toBe('open');
  expect(breaker.allows()).toBe(false);
});

test('opens when nothing is kept, however much is answered: each has a row of its own', () => {
  const { breaker, pass } = setUp();
  const refuse = (times: number) => {
    for (let n = 0; n < times; n++) {
      breaker.succeeded('answer');
      breaker.succeeded('answer');
      breaker.failed('keep');
      pass(100);
    }
  };
  refuse(4);
  breaker.succeeded('keep');
  refuse(4);
  expect(breaker.state()).toBe('closed');
  refuse(1);
  expect(breaker.state()).toBe('open');
});

test('after it closed no row of before goes on', () => {
  const { breaker, trip, pass } = setUp();
  trip();
  pass(1_000);
  breaker.allows();
  breaker.succeeded('keep');
  breaker.failed('answer');
  expect(breaker.state()).toBe('closed');
});

test('opens when half of twenty calls in a second fail', () => {
  const { breaker } = setUp();
  for (let n = 0; n < 10; n++) {
    breaker.succeeded('answer');
    breaker.failed('answer');
  }
  expect(breaker.state()).toBe('open');
});

test('does not add up failures of different seconds', () => {
  const { breaker, pass } = setUp();
  for (let n = 0; n < 40; n++) {
    breaker.succeeded('answer');
    breaker.failed('answer');
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
    breaker.failed('answer');
  }
});

test('what answers late, to calls from before it opened, neither closes it nor opens it anew', () => {
  const { breaker, trip, pass } = setUp();
  trip();
  breaker.succeeded('answer');
  breaker.failed('answer');
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
    breaker.succeeded('answer');
    expect(breaker.state()).toBe('closed');
    expect(breaker.admitted()).toBeCloseTo(0.1);
    pass(ramp / 2);
    expect(breaker.admitted()).toBeCloseTo(0.55);
    pass(ramp / 2);
    expect(breaker.admitted()).toBe(1);
    trip();
  }
});
