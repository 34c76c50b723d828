import { Failure } from '../kernel/errors.ts';
import type { Meter } from '../kernel/ports.ts';
import type { Table } from './table.ts';

/** Reports the duration (seconds) and outcome of each call: `ok`, the failure's code, or `error`. */
export function timed(table: Table, meter: Meter, now: () => number = () => performance.now()): Table {
  async function measure<T>(operation: string, call: () => Promise<T>): Promise<T> {
    const started = now();
    let outcome = 'error';
    try {
      const result = await call();
      outcome = 'ok';
      return result;
    } catch (error) {
      if (error instanceof Failure) outcome = error.code;
      throw error;
    } finally {
      meter.storeCall(operation, outcome, (now() - started) / 1000);
    }
  }

  return {
    get: (key) => measure('get', () => table.get(key)),
    getMany: (keys) => measure('getMany', () => table.getMany(keys)),
    query: (query) => measure('query', () => table.query(query)),
    write: (actions) => measure('write', () => table.write(actions)),
    close: () => table.close(),
  };
}
