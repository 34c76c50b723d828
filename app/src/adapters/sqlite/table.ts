import type { Clock, Meter } from '../../kernel/ports.ts';
import type { Table } from '../../table/table.ts';
import { openDatabase } from './database.ts';
import { readsOf } from './reads.ts';
import { rowsOf } from './rows.ts';
import { writesOf } from './writes.ts';

export interface SqliteOptions {
  /** The file, made if absent, its folder too; or `:memory:`. */
  readonly path: string;
  readonly clock: Clock;
  readonly meter: Meter;
}

/**
 * The table in a SQLite file, with DynamoDB's limits and prices. One process at a time: throws
 * `store_locked` when another one has the file open.
 */
export function createSqliteTable({ path, clock, meter }: SqliteOptions): Table {
  const database = openDatabase(path);
  const rows = rowsOf(database);
  const { write, flush } = writesOf(database, rows, clock, meter);
  return {
    ...readsOf(database, rows, clock, meter),
    write,
    async close() {
      if (!database.isOpen) return;
      flush();
      database.close();
    },
  };
}
