import { createFlights } from '../../src/cache/flights.ts';

/** Runs that the test lets land one by one. */
function setUp() {
  const flights = createFlights<number>();
  const landings: (() => void)[] = [];
  const run = () => {
    const number = landings.length;
    return new Promise<number>((resolve) => landings.push(() => resolve(number)));
  };
  return { flights, landings, run };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('whoever asks for the same name shares the flight; other names have their own', async () => {
  const { flights, landings, run } = setUp();
  const all = [flights.join('a', run), flights.join('a', run), flights.join('b', run)];
  expect(landings).toHaveLength(2);
  for (const land of landings) land();
  expect(await Promise.all(all)).toEqual([0, 0, 1]);
  const later = flights.join('a', run);
  landings[2]!();
  expect(await later).toBe(2);
});

test('without tokens, who comes during a flight waits for the next, and all who wait share it', async () => {
  const { flights, landings, run } = setUp();
  const first = flights.joinNext('a', run);
  const late = [flights.joinNext('a', run), flights.joinNext('a', run)];
  expect(landings).toHaveLength(1);
  landings[0]!();
  expect(await first).toBe(0);
  await settled();
  expect(landings).toHaveLength(2);
  landings[1]!();
  expect(await Promise.all(late)).toEqual([1, 1]);
});

test('a flight that fails fails those who shared it, not those who wait', async () => {
  const flights = createFlights<number>();
  const failing = flights.joinNext('a', () => Promise.reject(new Error('lost')));
  const waiting = flights.joinNext('a', async () => 7);
  await expect(failing).rejects.toThrow('lost');
  expect(await waiting).toBe(7);
});
