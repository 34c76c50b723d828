import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Running {
  readonly url: string;
  readonly process: ChildProcess;
}

/** Starts the service as `make run` does, on a free port; resolves when it says where it listens. */
async function start(path: string): Promise<Running> {
  const env = { ...process.env, NODE_ENV: 'test', PORT: '0', SQLITE_PATH: path };
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', 'src/main.ts'], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  for await (const text of child.stderr!) {
    said += text;
    const url = /listens on (http:\S+)/.exec(said)?.[1];
    if (url) return { url, process: child };
  }
  throw new Error(`the service did not start: ${said}`);
}

const post = (url: string, body: object) =>
  fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });

/** Creates entities one after the other until the service is gone; answers the acknowledged ones. */
async function createUntilGone(url: string, client: number, acknowledged: () => void): Promise<string[]> {
  const uuids: string[] = [];
  for (let n = 0; n < 100_000; n++) {
    try {
      const answer = await post(`${url}/api/v1/entities/thing`, { fields: { name: `${client}-${n}`, n } });
      if (answer.status !== 201) throw new Error(`unexpected ${answer.status}`);
      uuids.push(((await answer.json()) as { uuid: string }).uuid);
      acknowledged();
    } catch (error) {
      if ((error as Error).name === 'TypeError') return uuids; // the connection broke
      throw error;
    }
  }
  return uuids;
}

test('kill -9 during a stream of creates loses no acknowledged one and leaves no half of another', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cadastre-'));
  const path = join(folder, 'registry.db');
  try {
    const first = await start(path);
    const fields = [
      { name: 'name', type: 'string', unique: true },
      { name: 'n', type: 'integer', indexed: true },
    ];
    await post(`${first.url}/api/v1/entity-types`, { name: 'thing', fields });
    let count = 0;
    const kill = () => {
      count += 1;
      if (count === 300) first.process.kill('SIGKILL');
    };
    const lists = await Promise.all(Array.from({ length: 8 }, (_, i) => createUntilGone(first.url, i, kill)));
    const acknowledged = new Set(lists.flat());
    expect(acknowledged.size).toBeGreaterThanOrEqual(300);

    const second = await start(path);
    const stored: { uuid: string; fields: { name: string; n: number } }[] = [];
    for (let cursor = ''; ; ) {
      const page = await fetch(`${second.url}/api/v1/entities/thing?limit=1000${cursor}`);
      const { items, next_cursor } = (await page.json()) as {
        items: typeof stored;
        next_cursor: string | null;
      };
      stored.push(...items);
      if (next_cursor === null) break;
      cursor = `&cursor=${next_cursor}`;
    }
    const uuids = new Set(stored.map((entity) => entity.uuid));
    expect([...acknowledged].filter((uuid) => !uuids.has(uuid))).toEqual([]);
    // What was not acknowledged is there with its index entries or not at all.
    const found = await fetch(`${second.url}/api/v1/entities/thing/search?fields=n>=0&limit=1000`);
    const { items } = (await found.json()) as { items: typeof stored };
    expect(new Set(items.map((entity) => entity.uuid))).toEqual(uuids);
    second.process.kill('SIGTERM');
    expect(await once(second.process, 'exit')).toEqual([0, null]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 60_000);
