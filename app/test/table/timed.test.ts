import { silentMeter } from '../../src/kernel/ports.ts';
import { misused } from '../../src/table/failures.ts';
import type { Table } from '../../src/table/table.ts';
import { timed } from '../../src/table/timed.ts';
import { item, keyAt, put } from '../contract/table/fixture.ts';
import { recordingMeter } from '../support/recording-meter.ts';
import { sqliteTable } from '../support/tables.ts';

/** Each look at the clock is 250 ms after the last. */
function steppingClock(): () => number {
  let now = 0;
  return () => (now += 250);
}

describe('a timed table', () => {
  test('reports every call with its duration and outcome', async () => {
    const meter = recordingMeter();
    const { table } = await sqliteTable();
    const measured = timed(table, meter, steppingClock());
    await measured.write(put(item('s')));
    expect(await measured.get(keyAt('s'))).toEqual(item('s'));
    expect(await measured.getMany([keyAt('s')])).toEqual([item('s')]);
    expect((await measured.query({ pk: 'p', limit: 1 })).items).toEqual([item('s')]);
    const create = { ...put(item('s'))[0]!, condition: { exists: false } };
    await expect(measured.write([create])).rejects.toMatchObject({ failed: [0] });
    await measured.close();
    expect(meter.calls).toEqual([
      { operation: 'write', outcome: 'ok', seconds: 0.25 },
      { operation: 'get', outcome: 'ok', seconds: 0.25 },
      { operation: 'getMany', outcome: 'ok', seconds: 0.25 },
      { operation: 'query', outcome: 'ok', seconds: 0.25 },
      { operation: 'write', outcome: 'write_conflict', seconds: 0.25 },
    ]);
  });

  test('tells failures by their code, and bugs apart from them', async () => {
    const meter = recordingMeter();
    const errors = [misused('x'), new TypeError('y')];
    const get = async () => {
      throw errors.shift();
    };
    const measured = timed({ get } as unknown as Table, meter);
    await expect(measured.get(keyAt('s'))).rejects.toThrow('x');
    await expect(measured.get(keyAt('s'))).rejects.toThrow('y');
    expect(meter.calls.map(({ outcome }) => outcome)).toEqual(['store_misused', 'error']);
    expect(silentMeter).toBeDefined();
  });
});
