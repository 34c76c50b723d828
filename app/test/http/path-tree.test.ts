import { createPathTree } from '../../src/http/path-tree.ts';

function tree(...patterns: string[]) {
  const paths = createPathTree<string>();
  for (const pattern of patterns) paths.at(pattern, (names) => `${pattern} ${names}`);
  return (path: string) => paths.find(path);
}

test('finds words and parameters, with or without a trailing slash', () => {
  const find = tree('/a', '/a/:x', '/a/:x/b/:y');
  expect(find('/a')).toEqual({ leaf: '/a ', values: [] });
  expect(find('/a/1/')).toEqual({ leaf: '/a/:x x', values: ['1'] });
  expect(find('/a/1/b/2')).toEqual({ leaf: '/a/:x/b/:y x,y', values: ['1', '2'] });
  for (const path of ['/', '', '/a/1/b', '/a//b/2', '/b', '/a/1/2', '/a//'])
    expect(find(path)).toBeUndefined();
});

test('words win over parameters, unless they lead nowhere', () => {
  const find = tree('/a/:x/c', '/a/word', '/a/:x', '/a/word/d');
  expect(find('/a/word')?.leaf).toBe('/a/word ');
  expect(find('/a/word/c')).toEqual({ leaf: '/a/:x/c x', values: ['word'] });
  expect(find('/a/word/d')?.values).toEqual([]);
  expect(find('/a/other')?.values).toEqual(['other']);
});

test('decodes each segment by itself', () => {
  const find = tree('/a/:x', '/ä');
  expect(find('/a/%C3%A9%2F%20')?.values).toEqual(['é/ ']);
  expect(find('/%C3%A4')?.leaf).toBe('/ä ');
});

test.each(['..', '.', '..%2f', '%2e%2e', '..%5cx', 'x%2f..%2fy'])('%s climbs, and is nowhere', (segment) => {
  expect(tree('/a/:x')(`/a/${segment}`)).toBeUndefined();
});

test('dots that do not climb are letters', () => {
  const find = tree('/a/:x');
  for (const segment of ['a.b', '..a', 'a..', '.a', '...'])
    expect(find(`/a/${segment}`)?.values).toEqual([segment]);
});

test('names of the object prototype are nothing special', () => {
  const find = tree('/a/:x/b');
  expect(find('/__proto__')).toBeUndefined();
  expect(find('/a/constructor/b')?.values).toEqual(['constructor']);
});
