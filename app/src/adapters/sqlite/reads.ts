import type { DatabaseSync } from 'node:sqlite';
import type { Clock, Meter } from '../../kernel/ports.ts';
import { isExpired, nowSeconds } from '../../table/expiry.ts';
import { unavailable } from '../../table/failures.ts';
import { rangeOf } from '../../table/range.ts';
import { checkKey, keyText } from '../../table/rules.ts';
import type { Item, Table } from '../../table/table.ts';
import { readUnits } from './capacity.ts';
import { pageReader } from './page.ts';
import type { Row, Rows } from './rows.ts';

export function readsOf(
  database: DatabaseSync,
  rows: Rows,
  clock: Clock,
  meter: Meter,
): Pick<Table, 'get' | 'getMany' | 'query'> {
  const readPage = pageReader(database);

  /** The stored item unless it expired. */
  function live(row: Row | undefined): Item | undefined {
    return row && !isExpired(row.expiresAt, nowSeconds(clock)) ? JSON.parse(row.text) : undefined;
  }

  return {
    async get(key) {
      checkKey(key);
      const row = reading(() => rows.find(key));
      meter.capacity('get', readUnits(row?.bytes ?? 0), 0);
      return live(row);
    },

    async getMany(keys) {
      keys.forEach(checkKey);
      const found = new Map<string, Item | undefined>();
      let units = 0;
      for (const key of keys) {
        if (found.has(keyText(key))) continue;
        const row = reading(() => rows.find(key));
        units += readUnits(row?.bytes ?? 0);
        found.set(keyText(key), live(row));
      }
      if (units > 0) meter.capacity('getMany', units, 0);
      return keys.map((key) => found.get(keyText(key)));
    },

    async query(query) {
      const range = rangeOf(query);
      if (!range) return { items: [] };
      const { pk, reverse = false, limit } = query;
      const page = reading(() => readPage({ ...range, pk, reverse, limit, now: nowSeconds(clock) }));
      meter.capacity('query', readUnits(page.bytes), 0);
      return page.next === undefined ? { items: page.items } : { items: page.items, next: page.next };
    },
  };
}

/** A read fails when the disk does, or after the table was closed. */
function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw unavailable(error);
  }
}
