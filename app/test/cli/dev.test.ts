import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '../support/eventually.ts';

const APP = fileURLToPath(new URL('../../', import.meta.url));

test('npm run dev serves the sources, and serves them anew when one of them changes', async () => {
  const copy = await mkdtemp(join(tmpdir(), 'cadastre-dev-'));
  for (const name of ['src', 'package.json', 'table.json']) {
    await cp(join(APP, name), join(copy, name), { recursive: true });
  }
  await symlink(join(APP, 'node_modules'), join(copy, 'node_modules'));
  const { scripts } = JSON.parse(await readFile(join(copy, 'package.json'), 'utf8'));
  // npm itself would look for an update and keep a log; what it runs is this.
  const PATH = [join(copy, 'node_modules/.bin'), process.env.PATH].join(delimiter);
  const env = { PATH, NODE_ENV: 'test', PORT: '0', LOG_LEVEL: 'error', SQLITE_PATH: ':memory:' };
  const stdio = ['ignore', 'pipe', 'pipe'] as ('ignore' | 'pipe')[];
  const child = spawn('/bin/sh', ['-c', `exec ${scripts.dev}`], { cwd: copy, env, stdio });
  let said = '';
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  const starts = () => [...said.matchAll(/listens on (http:\S+)/g)].map(([, url]) => url!);
  try {
    await eventually(() => starts().length === 1, 15_000);
    expect((await fetch(`${starts()[0]}/livez`)).status).toBe(200);
    await appendFile(join(copy, 'src/http/operations.ts'), '\n// A change.\n');
    await eventually(() => starts().length === 2, 15_000);
    expect((await fetch(`${starts()[1]}/livez`)).status).toBe(200);
  } finally {
    child.kill('SIGTERM');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    await rm(copy, { recursive: true, force: true });
  }
}, 40_000);
