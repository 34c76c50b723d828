import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../support/eventually.ts';
import { freePort, type RedisServer, startRedis } from '../support/redis-server.ts';

const STREAM = 'changes';

/** Starts the service as `make run` does, relaying changes; resolves when it says where it listens. */
async function start(env: Record<string, string>): Promise<{ url: string; child: ChildProcess }> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', 'src/main.ts'], {
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'test',
      PORT: '0',
      CHANGE_LOG: 'on',
      CHANGE_STREAM: STREAM,
      ...env,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  for await (const text of child.stderr!) {
    said += text;
    const url = /listens on (http:\S+)/.exec(said)?.[1];
    if (url) return { url, child };
  }
  throw new Error(`the service did not start: ${said}`);
}

async function end(child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  child.kill(signal);
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

const post = (url: string, body: object) =>
  fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });

async function create(url: string): Promise<string> {
  const answer = await post(`${url}/api/v1/entities/thing`, { fields: {} });
  expect(answer.status).toBe(201);
  return ((await answer.json()) as { uuid: string }).uuid;
}

/** The uuids of entities in the stream, in the order in which each came first. */
async function relayed(redis: RedisServer): Promise<string[]> {
  const entries = (await redis.command('XRANGE', STREAM, '-', '+')) as [string, string[]][];
  const entities = entries
    .map(([, fields]) => fields)
    .filter((fields) => fields[fields.indexOf('kind') + 1] === 'entity');
  return [...new Set(entities.map((fields) => fields[fields.indexOf('uuid') + 1]!))];
}

test('what was written before kill -9 reaches the stream, also what was written while Redis was away', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cadastre-'));
  const port = await freePort();
  const env = {
    SQLITE_PATH: join(folder, 'registry.db'),
    CACHE: 'memory',
    REDIS_URL: `redis://127.0.0.1:${port}`,
  };
  const made: string[] = [];
  let redis: RedisServer | undefined;
  let service = await start(env);
  try {
    await post(`${service.url}/api/v1/entity-types`, { name: 'thing' });
    for (let n = 0; n < 20; n++) made.push(await create(service.url));
    await eventually(async () =>
      (await (await fetch(`${service.url}/metrics`)).text()).includes('outcome="refused"'),
    );
    await end(service.child, 'SIGKILL');

    redis = await startRedis({ port });
    service = await start(env);
    for (let n = 0; n < 20; n++) made.push(await create(service.url));
    await eventually(async () => (await relayed(redis!)).length > 20);
    for (let n = 0; n < 20; n++) made.push(await create(service.url));
    await end(service.child, 'SIGKILL');

    service = await start(env);
    await eventually(async () => (await relayed(redis!)).length === 60);
    expect(await relayed(redis)).toEqual(made);
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    expect(metrics).toContain('changes_lag_seconds{consumer="redis-stream"} 0');
    await end(service.child, 'SIGTERM');
    expect(service.child.exitCode).toBe(0);
  } finally {
    await end(service.child, 'SIGKILL');
    await redis?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}, 60_000);
