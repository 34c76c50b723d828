import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './repository.ts';
import { type Outcome, run } from './tools.ts';
import { startWatchedService } from './watched-service.ts';

const script = (name: string) => join(ROOT, '.github/scripts', name);
const node = (name: string, args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> =>
  run(process.execPath, [script(name), ...args], { env: { PATH: process.env.PATH, ...env } });

test('the smoke test passes on a service that works and is the right release, and writes with a key', async () => {
  const service = await startWatchedService();
  try {
    const version = JSON.parse(await (await fetch(`${service.url}/status`)).text()).version as string;
    expect(await node('smoke.mjs', [service.url, version])).toMatchObject({
      code: 0,
      text: expect.stringContaining('nothing was written'),
    });
    const other = await node('smoke.mjs', [service.url, '9.9.9'], { SMOKE_PATIENCE_S: '0' });
    expect(other).toMatchObject({ code: 1, text: expect.stringContaining(`${version} answers`) });
    // A key that is none is refused: the smoke test notices.
    const refused = await node('smoke.mjs', [service.url, version], {
      SMOKE_API_KEY: 'sample',
      SMOKE_PATIENCE_S: '0',
    });
    expect(refused.code).toBe(1);
  } finally {
    await service.stop();
  }
  const gone = await node('smoke.mjs', [service.url, '1.0.0'], { SMOKE_PATIENCE_S: '0' });
  expect(gone).toMatchObject({ code: 1, text: expect.stringContaining('fails the smoke test') });
});

test('a comment is written once, then replaced, also when it is on a later page', async () => {
  interface Comment {
    id: number;
    body: string;
  }
  const comments: Comment[] = Array.from({ length: 150 }, (_, id) => ({ id, body: 'something else' }));
  const github = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    let text = '';
    for await (const part of request) text += part;
    response.setHeader('Content-Type', 'application/json');
    if (request.headers.authorization !== 'Bearer sample') return void response.writeHead(401).end('{}');
    const page = Number(url.searchParams.get('page') ?? 1);
    if (request.method === 'GET')
      return void response.end(JSON.stringify(comments.slice((page - 1) * 100, page * 100)));
    const { body } = JSON.parse(text) as Comment;
    const id = Number(
      /^\/repos\/some\/where\/issues\/comments\/(\d+)$/.exec(url.pathname)?.[1] ?? Number.NaN,
    );
    if (request.method === 'PATCH') comments.find((one) => one.id === id)!.body = body;
    else if (url.pathname === '/repos/some/where/issues/7/comments')
      comments.push({ id: comments.length, body });
    response.end('{}');
  });
  await new Promise<void>((resolve) => github.listen(0, '127.0.0.1', resolve));
  const folder = mkdtempSync(join(tmpdir(), 'cadastre-comment-'));
  const env = {
    GITHUB_API_URL: `http://127.0.0.1:${(github.address() as AddressInfo).port}`,
    GITHUB_REPOSITORY: 'some/where',
    GITHUB_TOKEN: 'sample',
  };
  try {
    for (const text of ['first', 'second']) {
      writeFileSync(join(folder, 'text.md'), text);
      expect(await node('comment.mjs', ['7', 'Preview', join(folder, 'text.md')], env)).toEqual({
        code: 0,
        text: '',
      });
      expect(comments.at(-1)?.body).toBe(`<!-- Preview -->\n## Preview\n\n${text}`);
    }
    expect(comments).toHaveLength(151);
    expect(
      (
        await node('comment.mjs', ['7', 'Preview', join(folder, 'text.md')], {
          ...env,
          GITHUB_TOKEN: 'wrong',
        })
      ).code,
    ).toBe(1);
  } finally {
    github.close();
    rmSync(folder, { recursive: true });
  }
});

test('every branch has a name of its own that names in AWS can bear', async () => {
  const branches = [
    'feature/one',
    'feature/ONE',
    'feature/one-',
    '7',
    'Änderung',
    '---',
    `feature/${'x'.repeat(200)}`,
    'a/b',
    'a-b',
    '$(id)',
  ];
  const names = await Promise.all(
    branches.map(async (branch) => (await run('bash', [script('preview.sh'), 'name', branch])).text.trim()),
  );
  for (const name of names) expect(name).toMatch(/^p-[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?-[0-9a-f]{4}$/);
  expect(new Set(names).size).toBe(branches.length);
});

test('only a preview can be destroyed as one', async () => {
  for (const name of ['production', 'sandbox']) {
    expect(await run('bash', [script('preview.sh'), 'down', name])).toEqual({
      code: 64,
      text: `${name} is no preview\n`,
    });
  }
});

test('make says what it wants, and production is not destroyed by accident', async () => {
  const make = (...args: string[]) =>
    run('make', ['--silent', ...args], { cwd: ROOT, env: { PATH: process.env.PATH } });
  expect(await make('deploy', 'environment=sandbox')).toMatchObject({
    code: 2,
    text: expect.stringContaining('image_version='),
  });
  expect(await make('plan')).toMatchObject({ code: 2, text: expect.stringContaining('environment=') });
  expect(await make('destroy', 'environment=production')).toMatchObject({
    code: 2,
    text: expect.stringContaining('confirm=production'),
  });
});
