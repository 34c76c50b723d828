import { changesOf } from '../../src/table/changes/changes-of.ts';
import type { Action } from '../../src/table/table.ts';

const UUID = '11111111-1111-4111-8111-111111111111';
const key = { pk: `default#entity#${UUID}`, sk: 'entity' };
const collection = 'default#type#city';
const type = { pk: 'default#types', sk: 'city' };
const condition = { equals: { version: 4 } };
const told = (action: object) => changesOf([action as Action]).get('default');
const entity = { kind: 'entity', type: 'city', uuid: UUID };

test.each<[string, object, object]>([
  [
    'a new entity',
    { type: 'put', item: { ...key, version: 1 }, condition: { exists: false } },
    { change: 'created', version: 1 },
  ],
  [
    'its next version',
    { type: 'update', key, set: { version: 5 }, condition },
    { change: 'changed', version: 5 },
  ],
  [
    'a link',
    { type: 'update', key, add: { links_version: 1 }, condition },
    { change: 'changed', version: null },
  ],
  ['its deletion', { type: 'delete', key, condition }, { change: 'deleted', version: 4 }],
  ['a deletion of any version', { type: 'delete', key }, { change: 'deleted', version: null }],
])('%s is a change', (_name, action, change) => {
  expect(told({ collection, ...action })).toEqual([{ ...entity, ...change }]);
});

test.each<[string, object]>([
  ['what a migration hides in an entity', { type: 'update', key, set: { fields: {}, shape: 2 }, condition }],
  ['the claim of a deletion', { type: 'update', key, set: { doomed: 'd' }, condition }],
  ['the end of a claim', { type: 'update', key, remove: ['doomed'], condition }],
  ['a check', { type: 'check', key, condition }],
  ['a link item', { type: 'delete', key: { ...key, sk: 'link#city#near#x' } }],
  ['an index entry', { type: 'put', item: { pk: `${collection}#all`, sk: UUID } }],
  [
    'the end of a type that is gone already',
    { type: 'delete', key: type, condition: { equals: { doomed: 'd' } } },
  ],
  ['something else of that name', { type: 'put', item: { pk: 'default#group#x', sk: 'entity' } }],
  ['what the service keeps for itself', { type: 'put', item: { pk: 'system#types#x', sk: 'city' } }],
])('%s is none', (_name, action) => {
  expect(told({ collection, ...action })).toBeUndefined();
});

test.each<[string, object, object]>([
  [
    'defined',
    { type: 'put', item: { ...type, name: 'City', uuid: UUID, version: 1 }, condition: { exists: false } },
    { change: 'created', version: 1 },
  ],
  [
    'changed',
    { type: 'put', item: { ...type, name: 'City', uuid: UUID, version: 2 }, condition },
    { change: 'changed', version: 2 },
  ],
  [
    'deleted',
    { type: 'delete', key: type, condition: { equals: { name: 'City', uuid: UUID, version: 2 } } },
    { change: 'deleted', version: 2 },
  ],
  [
    'deleted with its entities',
    {
      type: 'update',
      key: type,
      set: { doomed: 'd' },
      add: { version: 1 },
      condition: { equals: { name: 'City', uuid: UUID, version: 2 } },
    },
    { change: 'deleted', version: 2 },
  ],
])('a type that is %s is a change', (_name, action, change) => {
  expect(told(action)).toEqual([{ kind: 'type', type: 'City', uuid: UUID, ...change }]);
});

test('a write that does not say what it is about is refused', () => {
  expect(() => told({ type: 'delete', key })).toThrow(/does not say which collection/);
  expect(() => told({ type: 'delete', key: type })).toThrow(/does not say which type/);
});
