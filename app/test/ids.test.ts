import { isUuid, newUuid } from '../src/kernel/ids.ts';

/** A time after every other test's, so that the clock of this process does not seem to go back. */
const FUTURE = Date.UTC(2100, 0, 1);

test('ids are UUIDs of version 7 that tell their millisecond', () => {
  const id = newUuid(FUTURE);
  expect(isUuid(id)).toBe(true);
  expect(id[14]).toBe('7');
  expect('89ab').toContain(id[19]);
  expect(Number.parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(FUTURE);
});

test('ids sort in the order they are made, even when the clock stands still or goes back', () => {
  const ids = Array.from({ length: 10_000 }, (_, i) => newUuid(FUTURE + 1 - (i % 3)));
  expect(ids.every((id, i) => i === 0 || ids[i - 1]! < id)).toBe(true);
  expect(new Set(ids).size).toBe(ids.length);
});
