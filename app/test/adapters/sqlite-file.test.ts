import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { createSqliteTable } from '../../src/adapters/sqlite/table.ts';
import { silentMeter, systemClock } from '../../src/kernel/ports.ts';
import type { Table } from '../../src/table/table.ts';
import { failureOf, item, keyAt, put } from '../contract/table/fixture.ts';
import { testClock } from '../support/test-clock.ts';

const WRITER = fileURLToPath(new URL('../support/sqlite-writer.ts', import.meta.url));

describe('the SQLite file', () => {
  let folder: string;
  let path: string;
  const open = (clock = systemClock): Table => createSqliteTable({ path, clock, meter: silentMeter });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cadastre-'));
    path = join(folder, 'made', 'on', 'the', 'way', 'table.db');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Starts the writer and calls `seen` with each acknowledged number. */
  function startWriter(seen: (n: number) => void): ChildProcess {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', WRITER, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    createInterface(child.stdout!).on('line', (line) => seen(Number(line)));
    return child;
  }

  async function kill(child: ChildProcess): Promise<void> {
    const closed = once(child, 'close'); // after the last line it wrote
    child.kill('SIGKILL');
    await closed;
  }

  test('keeps items between openings, in folders that it makes', async () => {
    const first = open();
    await first.write(put(item('s')));
    await first.close();
    const second = open();
    expect(await second.get(keyAt('s'))).toEqual(item('s'));
    await second.close();
  });

  test('stores what was queued when the table is closed, and takes nothing after', async () => {
    const table = open();
    const queued = table.write(put(item('queued')));
    await table.close();
    await table.close();
    await queued;
    expect(await failureOf(table.write(put(item('late'))))).toMatchObject({ code: 'store_unavailable' });
    expect(await failureOf(table.get(keyAt('queued')))).toMatchObject({ code: 'store_unavailable' });
    const again = open();
    expect(await again.getMany([keyAt('queued'), keyAt('late')])).toEqual([item('queued'), undefined]);
    await again.close();
  });

  test('belongs to one process; the next one is told so', async () => {
    const child = await new Promise<ChildProcess>((resolve) => {
      const started = startWriter(() => resolve(started));
    });
    expect(() => open()).toThrow(
      expect.objectContaining({
        kind: 'unavailable',
        code: 'store_locked',
        message: `Another process has the database ${path} open.`,
      }),
    );
    await kill(child);
    await open().close();
  });

  test('belongs to one table within the process, too', async () => {
    const table = open();
    expect(() => open()).toThrow(expect.objectContaining({ code: 'store_locked' }));
    await table.write(put(item('s')));
    await table.close();
  });

  test('a path that cannot be opened is named', () => {
    path = folder;
    expect(() => open()).toThrow(expect.objectContaining({ code: 'store_unavailable' }));
    expect(() => open()).toThrow(folder);
  });

  test('kill -9 loses no acknowledged write and leaves no half of one', async () => {
    const acknowledged: number[] = [];
    for (let kills = 1; kills <= 3; kills++) {
      const target = acknowledged.length + 200;
      const child = await new Promise<ChildProcess>((resolve) => {
        const started = startWriter((n) => {
          acknowledged.push(n);
          if (acknowledged.length === target) resolve(started);
        });
      });
      await kill(child);
      const table = open();
      const halves = await Promise.all(
        ['left', 'right'].map((pk) => table.getMany(acknowledged.map((n) => keyAt(`k${n}`, pk)))),
      );
      expect(halves.flat()).not.toContain(undefined);
      expect(await sortKeys(table, 'left')).toEqual(await sortKeys(table, 'right'));
      await table.close();
    }
  }, 60_000);

  test('expired rows are removed in time by later writes', async () => {
    const clock = testClock();
    const expires_at = clock.now() / 1000 + 10;
    const table = open(clock);
    for (let i = 0; i < 7; i++) {
      const hundred = Array.from({ length: 100 }, (_, n) => item(`m${i}-${n}`, { expires_at }));
      await table.write(put(...hundred));
    }
    clock.advance(120_000);
    for (const sk of ['a', 'b', 'c']) await table.write(put(item(sk)));
    await table.close();
    expect(rowCount(path)).toBe(3);
  });
});

async function sortKeys(table: Table, pk: string): Promise<string[]> {
  const keys: string[] = [];
  for (let after: string | undefined = ''; after !== undefined; ) {
    const page = await table.query({ pk, after, limit: 1000 });
    keys.push(...page.items.map(({ sk }) => sk));
    after = page.next;
  }
  return keys;
}

function rowCount(path: string): number {
  const database = new DatabaseSync(path, { readOnly: true });
  const row = database.prepare('SELECT count(*) AS count FROM items').get();
  database.close();
  return Number(row?.count);
}
