import type { Item, Query, QueryResult, Table } from '../../../table/table.ts';

/**
 * What one page of a search may read. Index entries are small and entities are whole items, but each counts
 * as one: the bound is there so that no search costs more than its page, whatever the data.
 */
export interface Budget {
  readonly itemsRead: number;
  readonly calls: number;
  /** True once the page should end where it stands. */
  readonly spent: boolean;
}

/** A table's reading verbs, counted. */
export interface CountedTable extends Budget {
  readonly limits: SearchLimits;
  query(query: Query): Promise<QueryResult>;
  count(items: number): void;
}

/** What keeps a search page cheap. Tests make them small, so that small data meets every path. */
export interface SearchLimits {
  /** Items that one page may read. */
  readonly readBudget: number;
  /** A range of at most this many entries is sorted by uuid and joined; so is a join before it is sorted. */
  readonly few: number;
  /** Entries of the first batch: of about 150 bytes, this many cost one read unit, as one alone would. */
  readonly batch: number;
}

export const SEARCH_LIMITS: SearchLimits = { readBudget: 2000, few: 200, batch: 25 };

export function countReads(table: Table, limits: SearchLimits): CountedTable {
  let itemsRead = 0;
  let calls = 0;
  return {
    limits,
    async query(query) {
      calls += 1;
      const result = await table.query(query);
      itemsRead += result.items.length;
      return result;
    },
    count(items) {
      calls += 1;
      itemsRead += items;
    },
    get itemsRead() {
      return itemsRead;
    },
    get calls() {
      return calls;
    },
    get spent() {
      return itemsRead >= limits.readBudget;
    },
  };
}

/** The last part of an index entry's sort key: the uuid of the entity that it points at. */
export const uuidOf = (item: Item): string => item.sk.slice(-36);
