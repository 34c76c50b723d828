import { Failure } from '../../../kernel/errors.ts';
import type { Clock } from '../../../kernel/ports.ts';
import type { Table } from '../../../table/table.ts';

const DELAYS_MS = [100, 300, 1000, 3000];

/**
 * A table that asks again, ever more slowly, while the store cannot answer: an upload of many rows is what makes
 * a store throttle. `refused` is told each time. A write may have been done although no answer came, so who
 * writes through this must stand that it is done twice, or refused the second time.
 */
export function patientTable(table: Table, clock: Clock, refused: () => void): Table {
  async function patiently<T>(call: () => Promise<T>): Promise<T> {
    for (const delay of DELAYS_MS) {
      try {
        return await call();
      } catch (error) {
        if (!(error instanceof Failure) || error.kind !== 'unavailable') throw error;
        refused();
        await clock.sleep(delay);
      }
    }
    return call();
  }

  return {
    get: (key) => patiently(() => table.get(key)),
    getMany: (keys) => patiently(() => table.getMany(keys)),
    query: (query) => patiently(() => table.query(query)),
    write: (actions) => patiently(() => table.write(actions)),
    close: () => table.close(),
  };
}
