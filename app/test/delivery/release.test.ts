import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ROOT, textOf } from './repository.ts';
import { run } from './tools.ts';

type Plugin = readonly [string, Readonly<Record<string, unknown>>];

interface ReleaseConfig {
  readonly branches: readonly string[];
  readonly tagFormat: string;
  readonly plugins: readonly Plugin[];
}

const config = parse(textOf('.releaserc.yml')) as ReleaseConfig;
const AUTHOR = [
  '-c',
  'user.name=Sample',
  '-c',
  'user.email=sample@cadastre.example',
  '-c',
  'commit.gpgsign=false',
];
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cadastre-release-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A repository whose main branch has a release 1.4.2, unless `first`, and these commits after it. */
function history(messages: readonly string[], first: boolean): string {
  const place = mkdtempSync(join(folder, 'history-'));
  const origin = `${place}/origin.git`;
  const clone = `${place}/clone`;
  const git = (...args: string[]) => execFileSync('git', [...AUTHOR, ...args], { cwd: clone, stdio: 'pipe' });
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', origin]);
  execFileSync('git', ['clone', '--quiet', origin, clone], { stdio: 'pipe' });
  git('checkout', '--quiet', '-B', 'main');
  git('commit', '--quiet', '--allow-empty', '--message', 'chore: begin');
  if (!first) git('tag', 'v1.4.2');
  for (const message of messages) git('commit', '--quiet', '--allow-empty', '--message', message);
  git('push', '--quiet', '--tags', 'origin', 'main');
  return clone;
}

/** What semantic-release would do: the project's own rules, without the plugins that write, push and publish. */
async function decide(
  messages: readonly string[],
  first = false,
): Promise<{ version?: string; notes?: string }> {
  const clone = history(messages, first);
  const origin = execFileSync('git', ['remote', 'get-url', 'origin'], {
    cwd: clone,
    encoding: 'utf8',
  }).trim();
  const deciding = config.plugins.filter(([name]) => /commit-analyzer|release-notes-generator/.test(name));
  expect(deciding).toHaveLength(2);
  const answer = join(clone, '..', 'answer.json');
  const options = {
    ...config,
    plugins: deciding,
    repositoryUrl: `file://${origin}`,
    dryRun: true,
    ci: false,
  };
  const script = `
    import { writeFileSync } from 'node:fs';
    import semanticRelease from 'semantic-release';
    const { options, cwd, answer } = JSON.parse(process.argv[1]);
    const { PATH, HOME } = process.env;
    const result = await semanticRelease(options, { cwd, env: { PATH, HOME }, stdout: process.stderr, stderr: process.stderr });
    writeFileSync(answer, JSON.stringify(result ? result.nextRelease : {}));`;
  const words = ['--input-type=module', '--eval', script, JSON.stringify({ options, cwd: clone, answer })];
  const { code, text } = await run(process.execPath, words, { cwd: join(ROOT, 'app') });
  if (code !== 0) throw new Error(text);
  return JSON.parse(readFileSync(answer, 'utf8'));
}

test.each([
  ['a fix', ['fix: keep the last page'], '1.4.3'],
  ['something faster', ['perf: one look at the cache'], '1.4.3'],
  ['a dependency', ['build(deps): express 5.3.1'], '1.4.3'],
  ['a feature', ['fix: keep the last page', 'feat(search): sort by two fields'], '1.5.0'],
  ['a feature that breaks something, by its mark', ['feat!: ids are numbers'], '2.0.0'],
  [
    'a fix that breaks something, by its footer',
    ['fix: ids\n\nBREAKING CHANGE: they are numbers now'],
    '2.0.0',
  ],
  ['the old words: patch', ['patch: keep the last page'], '1.4.3'],
  ['the old words: feature', ['feature: sort by two fields', 'patch: a page'], '1.5.0'],
  ['the old words: major', ['major: ids are numbers'], '2.0.0'],
  ['a revert', ['revert: feat: sort by two fields'], '1.4.3'],
])('%s', async (_what, messages, version) => {
  expect((await decide(messages)).version).toBe(version);
});

test('what changes nothing for users is no release', async () => {
  expect(
    await decide(['docs: a runbook', 'chore: tidy up', 'test: one more', 'ci: a pin', 'refactor: shorter']),
  ).toEqual({});
});

test('the first release is 1.0.0', async () => {
  expect((await decide(['feat: entities'], true)).version).toBe('1.0.0');
});

test('the notes name features, fixes and what breaks, under the heading of the version', async () => {
  const { notes = '' } = await decide([
    'feat(search)!: sort by two fields',
    'patch: keep the last page',
    'chore: tidy up',
  ]);
  expect(notes).toMatch(/^##? \[?2\.0\.0/);
  expect(notes).toMatch(/BREAKING CHANGES/);
  expect(notes).toMatch(/### Features\n+\* \*\*search:\*\* sort by two fields/);
  expect(notes).toMatch(/### Fixes\n+\* keep the last page/);
  expect(notes).not.toMatch(/tidy up/);
});

test('a release writes the changelog, commits it without starting the workflows again, and tags', () => {
  const plugins = new Map(config.plugins);
  expect(config.plugins.map(([name]) => name.replace('@semantic-release/', ''))).toEqual([
    'commit-analyzer',
    'release-notes-generator',
    'changelog',
    'git',
    'github',
  ]);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: semantic-release fills it in
  expect(config.tagFormat).toBe('v${version}');
  expect(config.branches).toEqual(['main']);
  expect(plugins.get('@semantic-release/git')).toMatchObject({
    assets: ['CHANGELOG.md'],
    message: expect.stringContaining('[skip ci]'),
  });
});

test('every plugin is installed in the version that package.json pins', () => {
  const { devDependencies } = JSON.parse(textOf('app/package.json')) as {
    devDependencies: Record<string, string>;
  };
  const lock = JSON.parse(textOf('app/package-lock.json')) as {
    packages: Record<string, { version: string }>;
  };
  for (const [name] of config.plugins) {
    const installed = lock.packages[`node_modules/${name}`]?.version;
    expect([name, installed]).toEqual([name, devDependencies[name] ?? expect.stringMatching(/^\d/)]);
  }
});
