import { AsyncLocalStorage } from 'node:async_hooks';
import { covers } from '../table/scopes.ts';
import type { Item, Table } from '../table/table.ts';
import { TOKEN_LENGTH, type Token } from './tokens.ts';

/** What one load read, as far as it matters to whoever wants to keep its result. */
export interface Reading {
  /** Whether every partition that was read changes the declared scopes with every write to it. */
  readonly covered: boolean;
  /** Unix milliseconds at which the first of the items read expires. */
  readonly expiresAt: number;
}

export interface TrackedTable extends Table {
  /** Runs a load and tells what it read. `stamp` holds the tokens of the scopes; empty if they are not known. */
  track<T>(
    scopes: readonly string[],
    stamp: string,
    load: () => Promise<T>,
  ): Promise<{ result: T; reading: Reading }>;
  /**
   * The token under which the load at work reads a scope that it is answered from memory for; undefined if only
   * the store will do, `none` outside of loads.
   */
  tokenOf(scope: string): Token | undefined | 'none';
}

interface Notes {
  readonly scopes: readonly string[];
  readonly stamp: string;
  covered: boolean;
  expiresAt: number;
}

/**
 * A table that notes what a load reads. A cached answer is only as good as the list of scopes that its route
 * declares; with the notes, an answer that rests on anything else is never kept, whatever the route says.
 */
export function trackReads(table: Table): TrackedTable {
  const storage = new AsyncLocalStorage<Notes>();

  function noteKey(pk: string): void {
    const notes = storage.getStore();
    if (notes?.covered && !covers(notes.scopes, pk)) notes.covered = false;
  }

  function noteItems(items: readonly (Item | undefined)[]): void {
    const notes = storage.getStore();
    if (!notes) return;
    for (const item of items) {
      if (item?.expires_at !== undefined) notes.expiresAt = Math.min(notes.expiresAt, item.expires_at * 1000);
    }
  }

  return {
    async get(key) {
      noteKey(key.pk);
      const item = await table.get(key);
      noteItems([item]);
      return item;
    },
    async getMany(keys) {
      for (const { pk } of keys) noteKey(pk);
      const items = await table.getMany(keys);
      noteItems(items);
      return items;
    },
    async query(query) {
      noteKey(query.pk);
      const result = await table.query(query);
      noteItems(result.items);
      return result;
    },
    write: (actions) => table.write(actions),
    close: () => table.close(),
    async track(scopes, stamp, load) {
      const notes: Notes = { scopes, stamp, covered: true, expiresAt: Number.POSITIVE_INFINITY };
      const result = await storage.run(notes, load);
      return { result, reading: notes };
    },
    tokenOf(scope) {
      const notes = storage.getStore();
      if (!notes) return 'none';
      noteKey(scope);
      const start = notes.scopes.indexOf(scope) * TOKEN_LENGTH;
      return start < 0 || notes.stamp === '' ? undefined : notes.stamp.slice(start, start + TOKEN_LENGTH);
    },
  };
}
