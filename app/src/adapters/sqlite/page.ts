import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Range } from '../../table/range.ts';
import { type Item, LIMITS, type QueryResult } from '../../table/table.ts';

/** Sorts after every text: SQLite puts blobs last. */
const END = new Uint8Array([0]);

interface PageRequest extends Range {
  readonly pk: string;
  readonly reverse: boolean;
  readonly limit: number;
  /** Unix seconds. */
  readonly now: number;
}

export interface Page extends QueryResult {
  /** Size of the items read, as DynamoDB counts it. */
  readonly bytes: number;
}

type Columns = [sk: string, text: string, bytes: number];

/** Reads pages of one partition in the order of sort keys, ended by the limit or by 1 MB like DynamoDB's. */
export function pageReader(database: DatabaseSync): (request: PageRequest) => Page {
  const statements = new Map<string, StatementSync>();

  function statementFor(low: '>' | '>=', high: '<' | '<=', direction: 'ASC' | 'DESC'): StatementSync {
    const name = low + high + direction;
    const known = statements.get(name);
    if (known) return known;
    // Without the cast, SQLite would plan the statement anew for every value of the limit.
    const sql = `SELECT sk, item, bytes FROM items
      WHERE pk = ? AND sk ${low} ? AND sk ${high} ? AND (expires_at IS NULL OR expires_at > ?)
      ORDER BY sk ${direction} LIMIT CAST(? AS INTEGER)`;
    const statement = database.prepare(sql);
    statement.setReturnArrays(true);
    statements.set(name, statement);
    return statement;
  }

  function* rowsFor({ pk, from = '', to, start, reverse, limit, now }: PageRequest): Iterable<Columns> {
    const after = start !== undefined;
    const statement = statementFor(
      after && !reverse ? '>' : '>=',
      after && reverse ? '<' : '<=',
      reverse ? 'DESC' : 'ASC',
    );
    const low = after && !reverse ? start : from;
    const high = after && reverse ? start : (to ?? END);
    yield* statement.iterate(pk, low, high, now, limit) as unknown as Iterable<Columns>;
  }

  return (request) => {
    const items: Item[] = [];
    let bytes = 0;
    let last = '';
    for (const [sk, text, size] of rowsFor(request)) {
      if (bytes + size > LIMITS.pageBytes) return { items, next: last, bytes };
      items.push(JSON.parse(text));
      bytes += size;
      last = sk;
    }
    // A full page always has a cursor, even if nothing follows: DynamoDB does not look ahead either.
    return items.length < request.limit ? { items, bytes } : { items, next: last, bytes };
  };
}
