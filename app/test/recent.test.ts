import { createRecent } from '../src/kernel/recent.ts';

test('what was asked for last stays, and who is dropped is told', () => {
  const dropped: string[] = [];
  const recent = createRecent<number>(2, (name) => dropped.push(name));
  recent.set('a', 1);
  recent.set('b', 2);
  expect(recent.get('a')).toBe(1);
  recent.set('c', 3);
  expect(dropped).toEqual(['b']);
  expect([recent.get('a'), recent.get('b'), recent.get('c')]).toEqual([1, undefined, 3]);
  recent.set('a', 4);
  recent.delete('c');
  recent.set('d', 5);
  expect(dropped).toEqual(['b']);
  expect(recent.get('a')).toBe(4);
});
