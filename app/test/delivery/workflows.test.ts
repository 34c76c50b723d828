import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';
import { validate } from '@actions/languageservice';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { filesOf, ROOT, textOf } from './repository.ts';
import { run, tool } from './tools.ts';
import { jobsOf, readWorkflows, scriptsOf } from './workflow-file.ts';

const files = readWorkflows();
const jobs = jobsOf(files);
const scripts = scriptsOf(files);
const texts = files.map(({ path, text }) => [path, text] as const);

/** Which secrets and variables a repository has, only its settings know; a test below compares them with the documentation. */
const UNKNOWN_HERE = /^Context access might be invalid: (RELEASE_TOKEN|SMOKE_API_KEY|AWS_\w+)$/;

let count = 0;

/** What GitHub's own parser of workflows has to say. */
async function faultsOf(path: string, text: string): Promise<string[]> {
  count += 1; // the parser remembers files by their address
  const document = TextDocument.create(`file:///${count}/${path}`, 'yaml', 1, text);
  const found = await validate(document);
  const faults = found.filter(({ message }) => !UNKNOWN_HERE.test(String(message)));
  return faults.map(({ message, range }) => `${range.start.line + 1}: ${message}`);
}

test('the workflows are those that the documentation goes through', () => {
  expect(files.map(({ workflow }) => workflow.name)).toEqual([
    'application_build_push_deploy',
    'deploy',
    'iac_app',
    'iac_deploy_basic',
    'iac_layer',
    'preview',
    'pull_request',
  ]);
  for (const { path, workflow } of files) expect(path).toBe(`.github/workflows/${workflow.name}.yml`);
});

test.each(texts)('%s is as GitHub wants it', async (path, text) => {
  expect(await faultsOf(path, text)).toEqual([]);
});

test('a wrong key, a need of a job that is not there and an unknown function are found', async () => {
  const [path = '', text = ''] = texts.find(([name]) => name.endsWith('deploy.yml') && !name.includes('_'))!;
  expect(await faultsOf(path, text.replace('timeout-minutes:', 'timeout-minute:'))).not.toEqual([]);
  expect(await faultsOf(path, text.replace('permissions: {}', 'permission: {}'))).not.toEqual([]);
  expect(await faultsOf(path, text.replace('if: failure()', 'if: failed()'))).not.toEqual([]);
  expect(await faultsOf(path, text.replace('  deploy:\n', '  deploy:\n    needs: built\n'))).not.toEqual([]);
});

test('every action is pinned to a commit, with its version beside it, the same everywhere', () => {
  const uses = texts.flatMap(([path, text]) =>
    [...text.matchAll(/^\s*(?:- )?uses: (.+)$/gm)].map(([, use]) => [path, use!]),
  );
  expect(uses.length).toBeGreaterThan(20);
  const pins = new Map<string, string>();
  for (const [path, use] of uses) {
    const local = /^\.\/(\.github\/workflows\/[\w.-]+)$/.exec(use!)?.[1];
    if (local) {
      expect([path, local, existsSync(join(ROOT, local))]).toEqual([path, local, true]);
      continue;
    }
    expect([path, use]).toEqual([
      path,
      expect.stringMatching(/^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/),
    ]);
    const [action = ''] = use!.split('@');
    expect(pins.get(action) ?? use).toBe(use);
    pins.set(action, use!);
  }
});

test('nobody may do anything that his job does not say', () => {
  for (const { path, workflow } of files) expect([path, workflow.permissions]).toEqual([path, {}]);
  for (const [place, { permissions, uses, environment, steps = [] }] of jobs) {
    expect([place, permissions]).toEqual([place, expect.any(Object)]);
    const assumes = steps.some((step) => step.uses?.startsWith('aws-actions/'));
    if (!uses) expect([place, permissions?.['id-token'] === 'write']).toEqual([place, assumes]);
    // The roles trust an environment of GitHub, not a branch.
    if (assumes) expect([place, environment]).toEqual([place, expect.any(String)]);
  }
});

test('there is no key of AWS anywhere, and each role is limited to its account', () => {
  for (const [path, text] of texts) {
    expect([path, /aws[-_](access[-_]key|secret)/i.test(text)]).toEqual([path, false]);
    const assumed = text.match(/role-to-assume: \$\{\{ vars\.AWS_(DEPLOY_)?ROLE_ARN \}\}/g) ?? [];
    expect(text.match(/allowed-account-ids: \$\{\{ vars\.AWS_ACCOUNT_ID \}\}/g) ?? []).toHaveLength(
      assumed.length,
    );
  }
});

test.each(jobs.filter(([, { uses }]) => !uses))(
  '%s has an end, a fixed machine, and leaves no token behind',
  (_place, job) => {
    expect(job['timeout-minutes']).toBeGreaterThan(0);
    expect(job['runs-on']).toMatch(/^ubuntu-\d+\.\d+$/);
    for (const step of job.steps ?? []) {
      if (step.uses?.startsWith('actions/checkout@'))
        expect(step.with).toMatchObject({ 'persist-credentials': false });
    }
  },
);

test('whatever changes an environment waits its turn and is never cut off', () => {
  const changing = jobs.filter(
    ([, { environment, steps = [] }]) =>
      environment &&
      steps.some(({ run }) => /make (--silent )?(apply|deploy|preview)|preview.sh down/.test(run ?? '')),
  );
  expect(changing.map(([place]) => place.split(' ')[1])).toEqual([
    'deploy',
    'apply_sandbox',
    'apply_production',
    'up',
    'down',
    'sweep',
  ]);
  for (const [place, { concurrency }] of changing)
    expect([place, concurrency?.['cancel-in-progress']]).toEqual([place, false]);
});

test('production waits for sandbox and is asked for by name', () => {
  const needs = (name: string) =>
    jobs.find(([place]) => place.endsWith(` ${name}`))?.[1] as { needs?: unknown; environment?: unknown };
  expect(needs('apply_production')).toMatchObject({ needs: 'apply_sandbox', environment: 'production' });
  expect(needs('production')).toMatchObject({ needs: ['release', 'build', 'sandbox'] });
});

test.each(scripts)(
  '%s passes shellcheck, and takes expressions through its environment only',
  async (_place, script) => {
    expect(script).not.toContain('${{');
    const words = ['--shell=bash', '--severity=style', '-'];
    expect(await run(tool('shellcheck'), words, { input: `set -eo pipefail\n${script}` })).toEqual({
      code: 0,
      text: '',
    });
  },
);

test('every script in files passes shellcheck too', async () => {
  const paths = [
    ...filesOf('.github/scripts', '.sh'),
    ...filesOf('app/scripts', '.sh'),
    ...filesOf('iac/bootstrap', '.sh'),
    ...filesOf('observability/kibana', '.sh'),
    '.ci/run',
    '.ci/iac-check',
  ];
  expect(await run(tool('shellcheck'), ['--severity=style', ...paths], { cwd: ROOT })).toEqual({
    code: 0,
    text: '',
  });
});

test('the targets of make and the scripts that are called are there', () => {
  const targets = new Set([...textOf('Makefile').matchAll(/^([a-z-]+):/gm)].map(([, name]) => name));
  const called = scripts.flatMap(([place, script]) =>
    [...script.matchAll(/\bmake (?:--\S+ )*([a-z-]+)/g)].map(([, name]) => [place, name!] as const),
  );
  expect(called.length).toBeGreaterThan(10);
  for (const [place, name] of called) expect([place, name, targets.has(name)]).toEqual([place, name, true]);
  const paths = [...scripts.map(([, script]) => script), textOf('Makefile')].flatMap(
    (text) => text.match(/\.github\/scripts\/[\w.-]+/g) ?? [],
  );
  for (const path of new Set(paths)) expect(() => accessSync(join(ROOT, path), constants.X_OK)).not.toThrow();
});

test('the secrets and variables that are used are those that the documentation names', () => {
  const used = texts.flatMap(([, text]) =>
    [...text.matchAll(/\b(?:secrets|vars)\.([A-Z_]+)/g)].map(([, name]) => name!),
  );
  const documented = [...textOf('docs/deployment.md').matchAll(/^\| `([A-Z_]+)` \|/gm)].map(
    ([, name]) => name!,
  );
  expect(new Set(documented)).toEqual(new Set(used));
});

test('Node is the one of the image and of the tests', () => {
  const versions = texts.flatMap(([, text]) =>
    [...text.matchAll(/node-version: (\S+)/g)].map(([, version]) => `v${version}`),
  );
  expect(new Set(versions)).toEqual(new Set([process.version]));
});

test('one version of Terraform everywhere', () => {
  const versions = texts.flatMap(([, text]) =>
    [...text.matchAll(/terraform_version: (\S+)/g)].map(([, version]) => version),
  );
  expect(new Set(versions).size).toBe(1);
});
