import type { Value } from '../../../src/table/table.ts';
import type { TableFactory } from '../../support/tables.ts';
import { eachTable, item, keyAt, put } from './fixture.ts';

const VALUES: Record<string, Value> = {
  text: 'plain',
  empty_text: '',
  unicode: 'Grüße, 世界, 👩‍👩‍👧, e\u0301, \u0000 and \uFFFF',
  quotes: '"\'\\\n\t</script>',
  zero: 0,
  negative: -17,
  float: 0.1,
  precise: 0.30000000000000004,
  large: Number.MAX_SAFE_INTEGER,
  huge: 1.7976931348623e125,
  tiny: -1e-130,
  yes: true,
  no: false,
  nothing: null,
  empty_list: [],
  empty_map: {},
  list: [1, 'two', [3, [null]], { four: 4 }],
  map: { a: { b: { c: [true, { d: '' }] } }, 'a.b': 1, '#n0': 2, ':v0': 3 },
  reserved: { name: 1, size: 2, 'with space': 3, ä: 4 },
  size: 'a reserved word as attribute',
};

export function readContract(factory: TableFactory): void {
  describe('get and getMany', () => {
    const table = eachTable(factory);

    test('an absent item is undefined', async () => {
      expect(await table().get(keyAt('none'))).toBeUndefined();
      expect(await table().getMany([keyAt('none')])).toEqual([undefined]);
      expect(await table().getMany([])).toEqual([]);
    });

    test('every kind of value comes back as it was stored, by every kind of read', async () => {
      const written = item('s', VALUES);
      await table().write(put(written));
      expect(await table().get(keyAt('s'))).toEqual(written);
      expect(await table().getMany([keyAt('s')])).toEqual([written]);
      expect((await table().query({ pk: 'p', limit: 1 })).items).toEqual([written]);
    });

    test('values written by an update come back the same', async () => {
      await table().write(put(item('s')));
      await table().write([{ type: 'update', key: keyAt('s'), set: VALUES, condition: { exists: true } }]);
      expect(await table().get(keyAt('s'))).toEqual(item('s', VALUES));
    });

    test('undefined members are left out, and minus zero is zero', async () => {
      await table().write(put({ ...item('s', { n: -0 }), gone: undefined }));
      const read = await table().get(keyAt('s'));
      expect(read).toStrictEqual(item('s', { n: 0 }));
      expect(Object.keys(read ?? {})).not.toContain('gone');
    });

    test('a member named __proto__ is a member like any other', async () => {
      const odd = JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}');
      await table().write(put(item('s', { odd })));
      const read = (await table().get(keyAt('s')))?.odd as object;
      expect(Object.keys(read).sort()).toEqual(['__proto__', 'constructor']);
      expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
    });

    test('250 keys with duplicates and absent ones are answered in order', async () => {
      for (let start = 0; start < 200; start += 100) {
        const hundred = Array.from({ length: 100 }, (_, i) => item(`k${start + i}`, { n: start + i }));
        await table().write(put(...hundred));
      }
      const wanted = Array.from({ length: 250 }, (_, i) => (i * 7) % 240);
      const read = await table().getMany(wanted.map((n) => keyAt(`k${n}`)));
      expect(read.map((each) => each?.n)).toEqual(wanted.map((n) => (n < 200 ? n : undefined)));
    });
  });
}
