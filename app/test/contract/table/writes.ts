import { ConditionFailed } from '../../../src/table/failures.ts';
import type { Action } from '../../../src/table/table.ts';
import type { TableFactory } from '../../support/tables.ts';
import { eachTable, failureOf, item, keyAt, put, stored } from './fixture.ts';

const update = (sk: string, change: Partial<Action>): Action =>
  ({ type: 'update', key: keyAt(sk), condition: {}, ...change }) as Action;

export function writeContract(factory: TableFactory): void {
  describe('write', () => {
    const table = eachTable(factory);

    test('nothing to do is done', async () => {
      await expect(table().write([])).resolves.toBeUndefined();
    });

    test('put replaces the whole item', async () => {
      await table().write(put(item('s', { a: 1, b: 2 })));
      await table().write(put(item('s', { b: 3 })));
      expect(await table().get(keyAt('s'))).toEqual(item('s', { b: 3 }));
    });

    test('delete removes the item, and an absent one stays absent', async () => {
      await table().write(put(item('s')));
      await table().write([{ type: 'delete', key: keyAt('s') }]);
      await table().write([{ type: 'delete', key: keyAt('s') }]);
      expect(await table().get(keyAt('s'))).toBeUndefined();
    });

    test('update sets, removes and adds, and leaves the rest alone', async () => {
      await table().write(put(item('s', { kept: 'k', old: 1, gone: 2, count: 5 })));
      const set = { old: { now: ['a', 'map'] }, new: null };
      await table().write([update('s', { set, remove: ['gone', 'never'], add: { count: -7, fresh: 3 } })]);
      expect(await table().get(keyAt('s'))).toEqual(item('s', { kept: 'k', count: -2, fresh: 3, ...set }));
    });

    test('undefined members of an update change nothing', async () => {
      await table().write(put(item('s', { a: 1 })));
      const set = { a: undefined, b: 2 } as unknown as Record<string, number>;
      await table().write([update('s', { set })]);
      expect(await table().get(keyAt('s'))).toEqual(item('s', { a: 1, b: 2 }));
    });

    test('an update never creates an item, whatever its condition', async () => {
      for (const condition of [{}, { exists: true }, { missing: ['x'] }, { equals: { x: 1 } }]) {
        const failure = await failureOf(table().write([update('s', { set: { a: 1 }, condition })]));
        expect(failure).toBeInstanceOf(ConditionFailed);
      }
      expect(await table().get(keyAt('s'))).toBeUndefined();
    });

    test('an update that creates makes the item, and counts on from there', async () => {
      const count: Action = {
        type: 'update',
        key: keyAt('s'),
        set: { kind: 'thing', schema: 1, group: 'red' },
        add: { count: 1 },
        condition: { anyOf: [{ exists: false }, { equals: { count: 0 } }, { equals: { group: 'red' } }] },
        creates: true,
      };
      await table().write([count]);
      expect(await table().get(keyAt('s'))).toEqual(item('s', { group: 'red', count: 1 }));
      await table().write([count]);
      expect(await table().get(keyAt('s'))).toEqual(item('s', { group: 'red', count: 2 }));
      const other: Action = {
        ...count,
        set: { ...count.set, group: 'blue' },
        condition: { anyOf: [{ exists: false }, { equals: { group: 'blue' } }] },
      };
      expect(await failureOf(table().write([other]))).toBeInstanceOf(ConditionFailed);
      expect((await table().get(keyAt('s')))?.group).toBe('red');
    });

    test('an update can hold many attributes', async () => {
      const set = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`attribute_${i}`, i]));
      await table().write(put(item('s')));
      await table().write([update('s', { set })]);
      expect(await table().get(keyAt('s'))).toEqual(item('s', set));
    });

    test.each(['equals', 'missing'])('a condition can name 100 attributes (%s)', async (part) => {
      const names = Array.from({ length: 100 }, (_, i) => `attribute_${i}`);
      const equals = Object.fromEntries(names.map((name, i) => [name, i]));
      await table().write(put(item('s', part === 'equals' ? equals : {})));
      const condition = part === 'equals' ? { equals } : { missing: names };
      await table().write([update('s', { set: { done: true }, condition })]);
      expect((await table().get(keyAt('s')))?.done).toBe(true);
    });

    test('all verbs take effect together', async () => {
      await table().write(put(item('a', { n: 1 }), item('b'), item('c')));
      await table().write([
        { type: 'put', item: item('new') },
        update('a', { add: { n: 1 } }),
        { type: 'delete', key: keyAt('b') },
        { type: 'check', key: keyAt('c'), condition: { exists: true } },
      ]);
      const keys = ['a', 'b', 'c', 'new'].map((sk) => keyAt(sk));
      expect(await table().getMany(keys)).toEqual([item('a', { n: 2 }), undefined, item('c'), item('new')]);
    });

    test('one failed condition undoes all, and every failed position is told', async () => {
      await table().write(put(item('a', { n: 1 }), item('b')));
      const failure = await failureOf(
        table().write([
          { type: 'put', item: item('x') },
          { type: 'put', item: item('a'), condition: { exists: false } },
          update('a2', { add: { n: 1 } }),
          { type: 'delete', key: keyAt('b'), condition: { exists: true } },
          { type: 'check', key: keyAt('nothing'), condition: { exists: true } },
        ]),
      );
      expect(failure).toBeInstanceOf(ConditionFailed);
      expect(failure).toMatchObject({ kind: 'conflict', code: 'write_conflict', failed: [1, 2, 4] });
      expect(await stored(table(), keyAt('x'), keyAt('a'), keyAt('b'))).toEqual([
        undefined,
        item('a', { n: 1 }),
        item('b'),
      ]);
    });

    test('items of different partitions are written together', async () => {
      await table().write(put(item('s', {}, 'p1'), item('s', {}, 'p2')));
      expect(await stored(table(), keyAt('s', 'p1'), keyAt('s', 'p2'))).not.toContain(undefined);
    });
  });
}
