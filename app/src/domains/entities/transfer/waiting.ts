import { newUuid } from '../../../kernel/ids.ts';
import type { Clock } from '../../../kernel/ports.ts';
import { itemTooLarge } from '../../../table/failures.ts';
import { key, under } from '../../../table/keys.ts';
import { type Item, LIMITS, type Table } from '../../../table/table.ts';
import type { Row } from './row.ts';
import type { Rows } from './rows.ts';

/** Rows are spread over partitions, because one partition takes only so many writes a second. */
const SHARDS = '0123456789abcdef';
const PAGE = 100;
const MOST_BYTES = 1024 * 1024;
/** What an upload leaves behind when its process stops goes by itself. */
const KEPT_SECONDS = 24 * 3600;

/** Rows that wait for the others of their upload. */
export interface Waiting {
  add(row: Row): Promise<void>;
  /** Writes what was added last. */
  flush(): Promise<void>;
  /** Whether a row of this uuid waits. */
  has(uuid: string): Promise<boolean>;
  /** Takes the rows out, in no particular order. */
  rows(): Rows;
  readonly isEmpty: boolean;
}

/**
 * Keeps waiting rows in the table, of which there may be as many as the upload has: memory is too small for
 * them, and the disk of an instance need not be writable.
 */
export function createWaiting(table: Table, clock: Clock): Waiting {
  const id = newUuid(clock.now());
  const partition = (shard: string) => key('system', 'upload', id, shard);
  let batch: Item[] = [];
  let bytes = 0;
  let isEmpty = true;

  async function flush(): Promise<void> {
    const items = batch;
    batch = [];
    bytes = 0;
    await table.write(items.map((item) => ({ type: 'put', item })));
  }

  async function add(row: Row): Promise<void> {
    const text = JSON.stringify(row);
    const size = Buffer.byteLength(text);
    if (size > LIMITS.itemBytes - 1024) throw itemTooLarge();
    const uuid = row.uuid ?? newUuid(clock.now());
    const expires_at = Math.ceil(clock.now() / 1000) + KEPT_SECONDS;
    const address = { pk: partition(uuid.slice(-1)), sk: key(uuid, String(row.line)) };
    batch.push({ ...address, kind: 'waiting_row', schema: 1, expires_at, row: text });
    bytes += size;
    isEmpty = false;
    if (batch.length === LIMITS.actions || bytes > MOST_BYTES) await flush();
  }

  async function has(uuid: string): Promise<boolean> {
    const { items } = await table.query({ pk: partition(uuid.slice(-1)), ...under(uuid), limit: 1 });
    return items.length > 0;
  }

  async function* rows() {
    for (const shard of SHARDS) {
      for (;;) {
        const { items } = await table.query({ pk: partition(shard), limit: PAGE });
        if (items.length === 0) break;
        yield items.map((item) => JSON.parse(String(item.row)) as Row);
        await table.write(items.map(({ pk, sk }) => ({ type: 'delete', key: { pk, sk } })));
      }
    }
  }

  return {
    add,
    flush,
    has,
    rows,
    get isEmpty() {
      return isEmpty;
    },
  };
}
