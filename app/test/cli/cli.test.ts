import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { PASSWORD } from '../support/accounts.ts';
import { redisUrl } from '../support/redis-server.ts';
import { dynamoEndpoint, dynamoTable } from '../support/tables.ts';

const APP = fileURLToPath(new URL('../../', import.meta.url));
const FLAGS = ['--disable-warning=ExperimentalWarning'];

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

type Env = Readonly<Record<string, string>>;

function launch(script: string, args: readonly string[], env: Env, stdin: 'pipe' | 'ignore'): ChildProcess {
  return spawn(process.execPath, [...FLAGS, script, ...args], {
    cwd: APP,
    // What one of them has compiled the next one finds: half of the time of a start.
    env: { ...env, PATH: process.env.PATH, NODE_COMPILE_CACHE: join(folder, 'compiled') },
    stdio: [stdin, 'pipe', 'pipe'],
  });
}

/** Runs the command line as a person would, with nothing of this process in its environment. */
async function cadastre(env: Env, args: readonly string[], input?: string): Promise<Ended> {
  const child = launch('src/cli/main.ts', args, env, 'pipe');
  child.stdin?.end(input ?? '');
  const [out, err, [code]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, 'exit'),
  ]);
  return { code, out: out.trimEnd(), err };
}

/** Starts the service, and answers what it said at its start. */
async function startService(env: Env): Promise<{ child: ChildProcess; said: string; url: string }> {
  const child = launch(
    'src/main.ts',
    [],
    { NODE_ENV: 'test', PORT: '0', LOG_LEVEL: 'error', ...env },
    'ignore',
  );
  let said = '';
  for await (const part of child.stderr!) {
    said += part;
    if (said.includes('/status')) break;
  }
  return { child, said, url: /listens on (http:\S+)/.exec(said)?.[1] ?? '' };
}

async function stop({ child }: { child: ChildProcess }): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

async function logIn(url: string, email: string, password = PASSWORD): Promise<Response> {
  const headers = { 'Content-Type': 'application/json' };
  return fetch(`${url}/api/v1/auth/login`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ email, password }),
  });
}

let folder: string;
let env: Env;
let count = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cadastre-cli-'));
});
beforeEach(() => {
  env = { SQLITE_PATH: join(folder, `registry${++count}.db`) };
});
afterAll(() => rmSync(folder, { recursive: true }));

test('the first user, a key and an organisation are made on the command line and good for the service', async () => {
  const made = await cadastre(env, ['create-organisation', 'Acme']);
  expect(made).toEqual({ code: 0, out: expect.stringMatching(/^[0-9a-f-]{36}$/), err: '' });
  const again = await cadastre(env, ['create-organisation', 'ACME']);
  expect(again).toMatchObject({ code: 0, out: `The organisation Acme exists already: ${made.out}` });
  const user = await cadastre(env, ['create-user', 'ada@example.org', PASSWORD, 'Acme', 'admin']);
  expect(user.code).toBe(0);
  const bob = [
    '--json',
    'create-user',
    'bob@example.org',
    '--org-id',
    made.out,
    '--role',
    'reader',
    '--name',
    'Bob',
  ];
  const { code, out } = await cadastre(env, bob, `${PASSWORD}\n`);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    email: 'bob@example.org',
    name: 'Bob',
    role: 'reader',
    organisation: made.out,
  });
  expect(out).not.toContain('password');
  const key = await cadastre(env, [
    'create-api-key',
    'bob@example.org',
    'ci',
    '--scope',
    'bonds:read',
    'people:*',
  ]);
  expect(key.out).toMatch(/^cad_/);
  const service = await startService(env);
  expect(service.said).not.toContain('first administrator');
  for (const email of ['ada@example.org', 'bob@example.org']) {
    expect((await logIn(service.url, email)).status).toBe(200);
  }
  const me = await fetch(`${service.url}/api/v1/auth/me`, { headers: { 'X-Api-Key': key.out } });
  expect(await me.json()).toMatchObject({ uuid: JSON.parse(out).uuid, within: ['bonds:read', 'people:*'] });
  const busy = await cadastre(env, ['create-organisation', 'Other']);
  expect(busy).toMatchObject({ code: 1, out: '' });
  expect(busy.err).toContain('Another process has the database');
  expect(busy.err).toContain('Is the service running?');
  await stop(service);
}, 30_000);

test('what cannot be done is told, with the exit code 1 and nothing on standard output', async () => {
  const refused = await cadastre(env, ['create-user', 'b@example.org', PASSWORD, 'default', 'boss']);
  expect(refused).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringMatching(/no role boss; there are .*admin/),
  });
  const json = await cadastre(env, ['--json', 'create-user', 'b@example.org', 'short', 'default', 'none']);
  expect(json).toMatchObject({ code: 1, out: '' });
  expect(JSON.parse(json.err)).toMatchObject({ code: 'invalid_password' });
  expect(await cadastre(env, ['conjure'])).toMatchObject({
    code: 1,
    err: expect.stringContaining('unknown command'),
  });
}, 30_000);

test('wrong settings end it with 78; help and version with 0', async () => {
  const wrong = await cadastre({ ...env, STORE: 'punched cards' }, ['migrate', 'history']);
  expect(wrong).toMatchObject({ code: 78, out: '', err: expect.stringContaining('STORE') });
  const help = await cadastre(env, ['--help']);
  expect(help.code).toBe(0);
  for (const name of [
    'create-organisation',
    'create-user',
    'create-api-key',
    'rotate-signing-key',
    'migrate',
  ]) {
    expect(help.out).toContain(name);
  }
  expect(await cadastre(env, ['create-user', '--help'])).toMatchObject({
    code: 0,
    out: expect.stringContaining('standard'),
  });
  expect(await cadastre(env, ['--version'])).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^\d+\.\d+\.\d+/),
  });
}, 30_000);

test('migrations are listed and applied once', async () => {
  const upgraded = await cadastre(env, ['--json', 'migrate', 'upgrade']);
  expect(JSON.parse(upgraded.out).applied).toEqual(expect.arrayContaining([1, 2]));
  expect(await cadastre(env, ['migrate', 'upgrade'])).toMatchObject({ code: 0, out: 'Nothing to apply.' });
  const history = await cadastre(env, ['migrate', 'history']);
  expect(history.out).toMatch(/^ +1 {2}20\d\d-\S+ {2}the default organisation$/m);
}, 30_000);

test('a service without users makes an administrator, shows the password once, and in production makes nobody', async () => {
  const first = await startService(env);
  const [, email = '', password = ''] = /first administrator +(\S+), password (\S+)/.exec(first.said) ?? [];
  expect(email).toBe('admin@localhost');
  const { access_token } = (await (await logIn(first.url, email, password)).json()) as {
    access_token: string;
  };
  const me = await fetch(`${first.url}/api/v1/auth/me`, {
    headers: { Authorization: `Bearer ${access_token}` },
  });
  expect(await me.json()).toMatchObject({ role: 'admin', organisation: 'default' });
  await stop(first);
  const second = await startService(env);
  expect(second.said).not.toContain('first administrator');
  await stop(second);
  const production = {
    SQLITE_PATH: join(folder, 'production.db'),
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    DRAIN_MS: '0',
    LOG_LEVEL: 'warn',
  };
  const third = await startService(production);
  expect(third.said).not.toContain('password');
  let logged = '';
  for await (const part of third.child.stdout!) {
    logged += part;
    if (logged.includes('create-user')) break;
  }
  await stop(third);
}, 30_000);

test('what the command line changes under running services counts with their next request', async () => {
  const fresh = await dynamoTable();
  const shared = {
    STORE: 'dynamodb',
    DYNAMODB_ENDPOINT: dynamoEndpoint(),
    DYNAMODB_TABLE: fresh.name,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'sample',
    AWS_SECRET_ACCESS_KEY: 'sample',
    REDIS_URL: redisUrl(),
  };
  await cadastre(shared, ['create-user', 'ada@example.org', PASSWORD, 'default', 'admin']);
  const service = await startService(shared);
  const { access_token, refresh_token } = (await (
    await logIn(service.url, 'ada@example.org')
  ).json()) as Record<string, string>;
  const headers = { Authorization: `Bearer ${access_token}` };
  const key = await cadastre(shared, ['create-api-key', 'ada@example.org', 'ci', '--scope', '*:read']);
  const keyed = await fetch(`${service.url}/api/v1/auth/me`, { headers: { 'X-Api-Key': key.out } });
  expect(keyed.status).toBe(200);
  expect(await cadastre(shared, ['rotate-signing-key'])).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
  expect((await fetch(`${service.url}/api/v1/auth/me`, { headers })).status).toBe(200);
  const refreshed = await fetch(`${service.url}/api/v1/auth/refresh`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ refresh_token }),
  });
  expect(refreshed.status).toBe(200);
  await stop(service);
  await fresh.close();
}, 30_000);
