import { key } from '../../src/table/keys.ts';
import { covers, isRemembered, scopeOf, scopesOf } from '../../src/table/scopes.ts';
import type { Action } from '../../src/table/table.ts';

const member = key('acme', 'entity', 'u1');
const collection = key('acme', 'type', 'city');
const index = key('acme', 'type', 'city', 'field', 'name');
const put = (pk: string, more: Partial<Action> = {}): Action =>
  ({ type: 'put', item: { pk, sk: 's', kind: 'thing', schema: 1 }, ...more }) as Action;

test('a scope is the first three parts of a partition key', () => {
  expect(scopeOf(member)).toBe(member);
  expect(scopeOf(index)).toBe(collection);
  expect(scopeOf(key('acme', 'types'))).toBe('acme#types');
  expect(scopeOf(key('a#b', 'entity', 'x#y'))).toBe(key('a#b', 'entity', 'x#y'));
});

test('remembered replies and what the service keeps for itself have none', () => {
  expect(scopeOf(key('acme', 'reply', 'me', 'createEntity', 'k'))).toBeUndefined();
  expect(scopeOf(key('system', 'deletions'))).toBeUndefined();
});

test('a write touches the scopes of its partitions and the collections it names, each once', () => {
  const actions = [put(member, { collection }), put(index), put(key('system', 'x')), put(index)];
  expect(scopesOf(actions)).toEqual([member, collection]);
});

test('a check touches nothing', () => {
  expect(scopesOf([{ type: 'check', key: { pk: index, sk: 's' }, condition: { exists: true } }])).toEqual([]);
});

test('a write to a member that no action puts into a collection is a mistake of ours', () => {
  expect(() => scopesOf([put(member)])).toThrow(/which collection/);
  expect(() => scopesOf([put(member), put(member, { collection })])).not.toThrow();
});

test.each([
  ['its own scope', [member], member, true],
  ['another scope', [member], key('acme', 'entity', 'u2'), false],
  ['an index, by the collection', [collection], index, true],
  ['a member, by a collection', [collection], member, true],
  ['a member of another organisation', [collection], key('other', 'entity', 'u1'), false],
  ['other partitions, by a collection', [collection], key('acme', 'types'), false],
  ['what has no scope', [collection, member], key('system', 'deletions'), false],
])('an answer covers %s', (_what, scopes, pk, expected) => {
  expect(covers(scopes, pk)).toBe(expected);
});

test('what is needed for every request is remembered: definitions, users, roles and flags', () => {
  const remembered = [
    key('acme', 'types'),
    key('acme', 'user', 'u1'),
    key('acme', 'roles'),
    key('service', 'flags'),
  ];
  expect(remembered.map((pk) => isRemembered(scopeOf(pk)!))).toEqual([true, true, true, true]);
  for (const pk of [member, collection, key('acme', 'users'), key('acme', 'group', 'g1')]) {
    expect(isRemembered(scopeOf(pk)!)).toBe(false);
  }
});
