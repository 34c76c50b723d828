import type { Action } from '../../../src/table/table.ts';
import { type RecordingMeter, recordingMeter } from '../../support/recording-meter.ts';
import type { FreshTable, TableFactory } from '../../support/tables.ts';
import { failureOf, item, keyAt, put } from './fixture.ts';

const text = (bytes: number) => ({ text: 'x'.repeat(bytes) });
const KB = 1024;

/** What a call costs in capacity units, by DynamoDB's price list. */
export function costContract(factory: TableFactory): void {
  describe('capacity units', () => {
    let meter: RecordingMeter;
    let fresh: FreshTable;
    beforeEach(async () => {
      meter = recordingMeter();
      fresh = await factory({ meter });
      await fresh.table.write(put(item('small'), item('nine', text(9 * KB)), item('ten', text(10 * KB))));
      meter.reset();
    });
    afterEach(() => fresh.close());

    test.each<[string, number, () => Promise<unknown>]>([
      ['a small item', 1, () => fresh.table.get(keyAt('small'))],
      ['an absent item', 1, () => fresh.table.get(keyAt('none'))],
      ['9 KB', 3, () => fresh.table.get(keyAt('nine'))],
      [
        'several items, each rounded up',
        5,
        () => fresh.table.getMany(['small', 'nine', 'none'].map((sk) => keyAt(sk))),
      ],
      ['one key asked for twice', 3, () => fresh.table.getMany([keyAt('nine'), keyAt('nine')])],
      ['a page, rounded up as a whole', 5, () => fresh.table.query({ pk: 'p', limit: 9 })],
      ['an empty page', 1, () => fresh.table.query({ pk: 'nobody', limit: 9 })],
    ])('reading %s costs %d', async (_, units, read) => {
      await read();
      expect(meter.units()).toEqual({ read: units, write: 0 });
    });

    test.each<[string, number, Action[]]>([
      ['a plain put', 1, put(item('new'))],
      ['a plain put of 2.5 KB', 3, put(item('new', text(2.5 * KB)))],
      ['a put that replaces a larger item', 10, put(item('nine'))],
      ['a plain delete, by the size of what goes', 11, [{ type: 'delete', key: keyAt('ten') }]],
      ['a delete of nothing', 1, [{ type: 'delete', key: keyAt('none') }]],
      ['a conditional put', 2, [{ type: 'put', item: item('new'), condition: { exists: false } }]],
      ['an update', 2, [{ type: 'update', key: keyAt('small'), set: { a: 1 }, condition: { exists: true } }]],
      ['two small items', 4, put(item('a'), item('b'))],
      [
        'a check beside a put',
        4,
        [...put(item('a')), { type: 'check', key: keyAt('none'), condition: { exists: false } }],
      ],
    ])('writing %s costs %d', async (_, units, actions) => {
      await fresh.table.write(actions);
      expect(meter.units()).toEqual({ read: 0, write: units });
    });

    test('a write of nothing and a refused one cost nothing', async () => {
      await fresh.table.write([]);
      await failureOf(fresh.table.get({ pk: '', sk: 's' }));
      expect(meter.units()).toEqual({ read: 0, write: 0 });
    });
  });
}
