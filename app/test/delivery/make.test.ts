import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, textOf } from './repository.ts';
import { startServiceProcess } from './service-process.ts';

const APP = join(ROOT, 'app');

/** Runs make, and answers its exit code and what it said. */
function make(...args: string[]): Promise<{ code: number; text: string }> {
  const env = { PATH: process.env.PATH };
  return new Promise((resolve) => {
    execFile('make', ['--directory', ROOT, ...args], { env }, (error, out, errors) =>
      resolve({ code: error ? Number(error.code) : 0, text: out + errors }),
    );
  });
}

/** The service from its sources, with everything in memory. */
const start = () =>
  startServiceProcess({
    command: [process.execPath, '--disable-warning=ExperimentalWarning', 'src/main.ts'],
    cwd: APP,
    env: { NODE_ENV: 'test', SQLITE_PATH: ':memory:', PORT: '0', DRAIN_MS: '0' },
  });

/** What a target would do, as if everything were installed. */
const dryRun = (...args: string[]) =>
  make(
    '--dry-run',
    '--assume-old=app/node_modules/.runtime-installed',
    '--assume-old=app/node_modules/.tools-installed',
    ...args,
  );

test('make post makes a sample bond in the running service, another one each time', async () => {
  const service = await start();
  try {
    for (let n = 0; n < 2; n++) {
      expect(await make('post', `url=${service.url}`)).toMatchObject({
        code: 0,
        text: expect.stringContaining('"host_account_id":"SAMPLE-'),
      });
    }
    const found = await fetch(`${service.url}/api/v1/bonds?sub_account_id=SAMPLE`);
    expect(((await found.json()) as { items: unknown[] }).items).toHaveLength(2);
    const refused = await make('post', `url=${service.url}`, 'api_key=sample');
    expect(refused.code).not.toBe(0);
    expect(refused.text).toContain('invalid_token');
  } finally {
    await service.stop();
  }
});

test.each([
  [['dev'], 'npm --silent run dev'],
  [['migrate'], 'run --silent cli -- migrate up'],
  [['migrate', 'seed=1'], 'run --silent cli -- migrate up --seed'],
  [['coverage'], 'run --silent coverage'],
])('make %j runs what npm knows', async (args, command) => {
  const { code, text } = await dryRun(...args);
  expect(code).toBe(0);
  expect(text).toContain(command);
  const script = /\brun (?:--silent )?([a-z]+)/.exec(command)![1]!;
  const { scripts } = JSON.parse(textOf('app/package.json'));
  const [, file = ''] = /(\S+\.(?:ts|js))\b/.exec(scripts[script])!;
  expect([file, existsSync(join(APP, file))]).toEqual([file, true]);
});
