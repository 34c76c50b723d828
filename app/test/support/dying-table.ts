import type { Table } from '../../src/table/table.ts';

/** A table whose process dies at its n-th write, before or after it is applied. */
export interface DyingTable extends Table {
  readonly isDead: boolean;
}

export function dyingAt(table: Table, nth: number, applied: boolean): DyingTable {
  let writes = 0;
  const alive = <T>(call: () => Promise<T>): Promise<T> =>
    writes >= nth ? Promise.reject(new Error('killed')) : call();
  return {
    close: () => table.close(),
    get: (key) => alive(() => table.get(key)),
    getMany: (keys) => alive(() => table.getMany(keys)),
    query: (query) => alive(() => table.query(query)),
    async write(actions) {
      writes += 1;
      if (writes > nth || (writes === nth && !applied)) throw new Error('killed');
      await table.write(actions);
      if (writes === nth) throw new Error('killed');
    },
    get isDead() {
      return writes >= nth;
    },
  };
}
