import { ConditionFailed } from '../../../src/table/failures.ts';
import type { Action } from '../../../src/table/table.ts';
import type { FreshTable, TableFactory } from '../../support/tables.ts';
import { type TestClock, testClock } from '../../support/test-clock.ts';
import { failureOf, item, keyAt, put } from './fixture.ts';

/** Shorter than any engine takes to remove expired items, which must count as absent while still there. */
const LIFE_SECONDS = 30;

export function expiryContract(factory: TableFactory): void {
  describe('an item past its expires_at', () => {
    let clock: TestClock;
    let fresh: FreshTable;
    let mortal: ReturnType<typeof item>;

    beforeEach(async () => {
      clock = testClock(Math.floor(Date.now() / 1000) * 1000); // an engine may compare with its own clock
      fresh = await factory({ clock });
      mortal = item('m', { n: 1, expires_at: clock.now() / 1000 + LIFE_SECONDS });
      await fresh.table.write(put(item('a'), mortal, item('z')));
    });
    afterEach(() => fresh.close());
    const pass = () => clock.advance(LIFE_SECONDS * 1000);

    test('is there until that second', async () => {
      clock.advance(LIFE_SECONDS * 1000 - 1);
      expect(await fresh.table.get(keyAt('m'))).toEqual(mortal);
      await fresh.table.write([{ type: 'check', key: keyAt('m'), condition: { equals: { n: 1 } } }]);
      clock.advance(1);
      expect(await fresh.table.get(keyAt('m'))).toBeUndefined();
    });

    test('is absent from getMany and query', async () => {
      pass();
      expect(await fresh.table.getMany([keyAt('m'), keyAt('a')])).toEqual([undefined, item('a')]);
      const { items } = await fresh.table.query({ pk: 'p', limit: 10 });
      expect(items.map(({ sk }) => sk)).toEqual(['a', 'z']);
      const reversed = await fresh.table.query({ pk: 'p', limit: 10, reverse: true });
      expect(reversed.items.map(({ sk }) => sk)).toEqual(['z', 'a']);
    });

    test.each<[string, Action]>([
      ['put if absent', { type: 'put', item: item('m', { n: 2 }), condition: { exists: false } }],
      [
        'put if an attribute is missing',
        { type: 'put', item: item('m', { n: 2 }), condition: { missing: ['n'] } },
      ],
      ['put', { type: 'put', item: item('m', { n: 2 }) }],
    ])('gives way to %s', async (_, action) => {
      pass();
      await fresh.table.write([action, ...put(item('other'))]);
      expect(await fresh.table.get(keyAt('m'))).toEqual(item('m', { n: 2 }));
    });

    test.each<[string, Action]>([
      ['a check that it exists', { type: 'check', key: keyAt('m'), condition: { exists: true } }],
      ['a delete that needs it', { type: 'delete', key: keyAt('m'), condition: { equals: { n: 1 } } }],
      ['an update', { type: 'update', key: keyAt('m'), add: { n: 1 }, condition: { missing: ['x'] } }],
      ['a put that replaces it', { type: 'put', item: item('m'), condition: { equals: { n: 1 } } }],
    ])('is absent for %s', async (_, action) => {
      pass();
      const failure = await failureOf(fresh.table.write([...put(item('other')), action]));
      expect(failure).toBeInstanceOf(ConditionFailed);
      expect(failure.failed).toEqual([1]);
      expect(await fresh.table.get(keyAt('other'))).toBeUndefined();
    });

    test('is absent for a check that it does not exist', async () => {
      pass();
      await fresh.table.write([{ type: 'check', key: keyAt('m'), condition: { exists: false } }]);
    });

    test('stays when its life is prolonged in time', async () => {
      const set = { expires_at: clock.now() / 1000 + 2 * LIFE_SECONDS };
      await fresh.table.write([{ type: 'update', key: keyAt('m'), set, condition: { exists: true } }]);
      pass();
      expect(await fresh.table.get(keyAt('m'))).toEqual({ ...mortal, ...set });
    });
  });
}
