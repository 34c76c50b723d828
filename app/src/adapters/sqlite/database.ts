import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Failure, fail } from '../../kernel/errors.ts';
import { tableDescription } from '../../table/description.ts';

/** Milliseconds to wait for another process to let go of the file, as in a restart. */
const BUSY_MS = 2000;
const LOCK_CODES = new Set([5, 6]); // SQLITE_BUSY, SQLITE_LOCKED

/**
 * Exclusive locking makes this process the only user of the file. The system drops the lock when the process
 * ends, however it ends, and a reader need not take a lock for each call. FULL means a commit is on disk. The log is
 * taken over into the file at 16 MB, not at 4: what is written again and again meanwhile is taken over once.
 */
const SETTINGS = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA cache_size = -65536;
  PRAGMA wal_autocheckpoint = 4096;
  PRAGMA temp_store = MEMORY;
  PRAGMA journal_size_limit = 67108864;`;

const { partition_key: pk, sort_key: sk, time_to_live_attribute: expiry } = tableDescription;

/** `bytes` is the item's size as DynamoDB counts it: pages and capacity are computed from it. */
const SCHEMA = `
  BEGIN EXCLUSIVE;
  CREATE TABLE IF NOT EXISTS items (
    ${pk.name} TEXT NOT NULL,
    ${sk.name} TEXT NOT NULL,
    item TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    ${expiry} REAL,
    PRIMARY KEY (${pk.name}, ${sk.name})
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS expiring ON items (${expiry}) WHERE ${expiry} IS NOT NULL;
  COMMIT;`;

/** Opens or creates the file, its folder included, for this process alone. `:memory:` keeps no file. */
export function openDatabase(path: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
    database = new DatabaseSync(path, { timeout: BUSY_MS });
    database.exec(SETTINGS);
    database.exec(SCHEMA);
    return database;
  } catch (error) {
    database?.close();
    throw openFailure(path, error);
  }
}

function openFailure(path: string, cause: unknown): Failure {
  const { errcode = 0, message } = cause as { errcode?: number; message: string };
  const locked = LOCK_CODES.has(errcode & 0xff);
  const detail = locked ? `Another process has the database ${path} open.` : `${path}: ${message}.`;
  return fail('unavailable', locked ? 'store_locked' : 'store_unavailable', detail, { cause });
}
