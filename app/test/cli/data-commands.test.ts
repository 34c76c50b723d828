import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBonds } from '../../src/cli/random-bonds.ts';

const MAIN = new URL('../../src/cli/main.ts', import.meta.url).pathname;

/** Runs the command line as a process of its own over a database in `folder`. */
function cadastre(folder: string, ...args: string[]): Promise<{ code: number; out: string; errors: string }> {
  const env = {
    PATH: process.env.PATH ?? '',
    SQLITE_PATH: join(folder, 'registry.db'),
    NODE_COMPILE_CACHE: join(folder, 'compiled'),
  };
  const node = ['--disable-warning=ExperimentalWarning', MAIN, ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, node, { env }, (error, out, errors) =>
      resolve({ code: error ? Number(error.code) : 0, out, errors }),
    );
  });
}

/** The same numbers from 0 to 1 each time. */
function steady(): () => number {
  let n = 0;
  return () => {
    n = (n * 16807 + 11) % 2147483647;
    return n / 2147483647;
  };
}

describe('made-up bonds', () => {
  test('have from none to seven subscribers, each number of them somewhere in a thousand', () => {
    const counts = [...randomBonds(1000, steady())].map(({ subscribers }) => Object.keys(subscribers).length);
    expect([...new Set(counts)].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test.each([0, 1, 25, 26, 1000])(
    '%i of them: no pair of accounts twice, one cost center for each',
    (count) => {
      const bonds = [...randomBonds(count, steady())];
      expect(bonds).toHaveLength(count);
      expect(new Set(bonds.map((bond) => `${bond.host_account_id} ${bond.sub_account_id}`)).size).toBe(count);
      const centers = new Map<string, string>();
      for (const bond of bonds) {
        for (const [account, center] of [
          [bond.host_account_id, bond.host_cost_center],
          [bond.sub_account_id, bond.sub_cost_center],
        ] as const) {
          expect(centers.get(account) ?? center).toBe(center);
          centers.set(account, center);
        }
        expect(Object.keys(bond.subscribers).length).toBeLessThanOrEqual(7);
        for (const [sid, subscriber] of Object.entries(bond.subscribers)) expect(subscriber.sid).toBe(sid);
      }
    },
  );
});

describe('cadastre generate-bonds, import, export', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cadastre-cli-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const at = (name: string) => join(folder, name);

  test('what is generated is imported, exported, and imported again without a change', async () => {
    const printed = await cadastre(folder, 'generate-bonds', '60', '--seed', '3');
    expect(await cadastre(folder, 'generate-bonds', '60', '--seed', '3')).toEqual(printed);
    expect(printed.out.trim().split('\n')).toHaveLength(60);
    await cadastre(folder, 'generate-bonds', '60', '--seed', '3', '--file', at('bonds.ndjson'));
    expect(readFileSync(at('bonds.ndjson'), 'utf8')).toBe(printed.out);
    const first = await cadastre(folder, 'import', 'bonds', at('bonds.ndjson'));
    expect(first).toEqual({ code: 0, out: '60 created, 0 updated, 0 failed\n', errors: '' });
    for (const format of ['csv', 'ndjson', 'json']) {
      const file = at(`out.${format}`);
      expect((await cadastre(folder, 'export', 'bonds', file)).code).toBe(0);
      const again = await cadastre(folder, '--json', 'import', 'bonds', file);
      expect(JSON.parse(again.out)).toEqual({ created: 0, updated: 60, failed: 0, errors: [] });
    }
  }, 60_000);

  test('1 and the line of each row that fails; 1 for what cannot be', async () => {
    writeFileSync(at('bad.ndjson'), '{"fields":{"person_name":"Ada"}}\n{"nonsense":1}\n');
    const bad = await cadastre(folder, 'import', 'people', at('bad.ndjson'));
    expect(bad.code).toBe(1);
    expect(bad.out).toMatch(/^0 created, 0 updated, 2 failed\n {2}line 1: /);
    const unknown = await cadastre(folder, 'import', 'nothing', at('bad.ndjson'));
    expect([unknown.code, unknown.errors]).toEqual([1, 'cadastre: There is no entity type nothing.\n']);
    expect((await cadastre(folder, 'generate-bonds', 'many')).code).toBe(1);
    expect((await cadastre(folder, 'export', 'bonds', at('x.xml'), '--format', 'xml')).code).toBe(1);
    const help = await cadastre(folder, 'import', '--help');
    expect([help.code, help.out]).toEqual([0, expect.stringContaining('--atomic')]);
  }, 60_000);
});
