import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { itemTooLarge } from '../../table/failures.ts';
import { type Item, type Key, LIMITS } from '../../table/table.ts';
import { itemBytes } from '../../table/values.ts';

/** An item as it is stored. */
export interface Row {
  readonly text: string;
  /** Size as DynamoDB counts it. */
  readonly bytes: number;
  readonly expiresAt: number | null;
}

/** Throws `misused` or `itemTooLarge` when DynamoDB would not take the item. */
export function rowOf(item: Item): Row {
  const text = textOf(item);
  const bytes = itemBytes(item, text);
  if (bytes > LIMITS.itemBytes) throw itemTooLarge();
  return { text, bytes, expiresAt: item.expires_at ?? null };
}

function textOf(item: Item): string {
  try {
    return JSON.stringify(item);
  } catch (error) {
    itemBytes(item); // says what cannot be stored
    throw error;
  }
}

/** The statements on single items, prepared once. */
export interface Rows {
  /** The stored row, expired or not. */
  find(key: Key): Row | undefined;
  save(key: Key, row: Row): void;
  remove(key: Key): void;
  /** Deletes up to `limit` rows expired at `now` (Unix seconds), oldest first; says how many. */
  purge(now: number, limit: number): number;
}

type Columns = [text: string, bytes: number, expiresAt: number | null];

export function rowsOf(database: DatabaseSync): Rows {
  const find = database.prepare('SELECT item, bytes, expires_at FROM items WHERE pk = ? AND sk = ?');
  const save = database.prepare('INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?, ?)');
  const remove = database.prepare('DELETE FROM items WHERE pk = ? AND sk = ?');
  const purge = database.prepare(`
    DELETE FROM items WHERE (pk, sk) IN
      (SELECT pk, sk FROM items WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)`);
  find.setReturnArrays(true);

  return {
    find({ pk, sk }) {
      const columns = find.get(pk, sk) as unknown as Columns | undefined;
      return columns && { text: columns[0], bytes: columns[1], expiresAt: columns[2] };
    },
    save({ pk, sk }, row) {
      const values: SQLInputValue[] = [pk, sk, row.text, row.bytes, row.expiresAt];
      save.run(...values);
    },
    remove({ pk, sk }) {
      remove.run(pk, sk);
    },
    purge: (now, limit) => Number(purge.run(now, limit).changes),
  };
}
