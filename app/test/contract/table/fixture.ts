import type { Failure } from '../../../src/kernel/errors.ts';
import type { Action, Item, Key, Table, Value } from '../../../src/table/table.ts';
import type { FreshTable, TableFactory, TableOptions } from '../../support/tables.ts';

export function item(sk: string, attributes: Readonly<Record<string, Value>> = {}, pk = 'p'): Item {
  return { pk, sk, kind: 'thing', schema: 1, ...attributes };
}

export function keyAt(sk: string, pk = 'p'): Key {
  return { pk, sk };
}

export function put(...items: Item[]): Action[] {
  return items.map((each) => ({ type: 'put', item: each }));
}

/** What a call is rejected with; fails when it is not. */
export async function failureOf(call: Promise<unknown>): Promise<Failure & { failed?: readonly number[] }> {
  return call.then(
    () => {
      throw new Error('The call was expected to fail.');
    },
    (error) => error,
  );
}

export async function stored(table: Table, ...keys: Key[]): Promise<(Item | undefined)[]> {
  return Promise.all(keys.map((key) => table.get(key)));
}

/** A fresh table for each test of a suite. */
export function eachTable(factory: TableFactory, options?: TableOptions): () => Table {
  let fresh: FreshTable;
  beforeEach(async () => {
    fresh = await factory(options);
  });
  afterEach(() => fresh.close());
  return () => fresh.table;
}
