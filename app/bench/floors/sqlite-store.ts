import { DatabaseSync } from 'node:sqlite';

/** The service's own settings of a SQLite file: a commit is on disk, and nobody else has the file open. */
const SETTINGS = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA cache_size = -65536;`;

const SCHEMA = `
  CREATE TABLE bodies (uuid TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE items (pk TEXT NOT NULL, sk TEXT NOT NULL, item TEXT NOT NULL, bytes INTEGER NOT NULL, expires_at REAL,
    PRIMARY KEY (pk, sk)) STRICT, WITHOUT ROWID;`;

/** A SQLite file with the same rows as the service's and nothing around them. */
export function openStore(path: string) {
  const database = new DatabaseSync(path);
  database.exec(SETTINGS + SCHEMA);
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');
  const insert = database.prepare('INSERT INTO items VALUES (?, ?, ?, ?, NULL)');
  const keep = database.prepare('INSERT INTO bodies VALUES (?, ?)');
  const find = database.prepare('SELECT body FROM bodies WHERE uuid = ?');
  return {
    keep: (uuid: string, body: string) => void keep.run(uuid, body),
    find: (uuid: string) => find.get(uuid)?.body as string | undefined,
    /** All items in one transaction. */
    write(items: readonly { readonly pk: string; readonly sk: string }[]): void {
      begin.run();
      for (const item of items) {
        const text = JSON.stringify(item);
        insert.run(item.pk, item.sk, text, text.length);
      }
      commit.run();
    },
    close: () => database.close(),
  };
}
