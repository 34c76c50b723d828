import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildImageTree, makeReadOnly } from '../image-tree.ts';
import { ROOT } from '../repository.ts';
import { run } from '../tools.ts';
import { type Check, type Trial, trials } from './trials.ts';

/**
 * Breaks one thing after the other in a copy of the repository, and sees that the checks of the delivery notice: a check
 * that cannot fail proves nothing. Each check must pass on the copy as it is, and fail on every broken one.
 *
 *   node test/delivery/trials/main.ts [WORD]     only the trials whose description has this word
 */
const CHECKER = process.env.IAC_CHECK ?? join(ROOT, '../shared/tools/iac-check');
const [word = ''] = process.argv.slice(2);
const scratch = mkdtempSync(join(tmpdir(), 'cadastre-trials-'));
const copy = join(scratch, 'copy');
const checker = join(scratch, 'checker');
chmodSync(scratch, 0o755); // the service is started as another user

const keyOf = (check: Check) => (check === 'iac' ? 'iac-check' : `${check.test} ${check.part ?? ''}`.trim());

function copyRepository(): void {
  const words = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  const listed = execFileSync('git', words, { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  for (const path of listed.split('\0').filter((one) => one !== '' && existsSync(join(ROOT, one)))) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    cpSync(join(ROOT, path), join(copy, path));
  }
  symlinkSync(join(ROOT, 'app/node_modules'), join(copy, 'app/node_modules'));
}

/** Its packages are installed once, and not for each trial. */
async function prepareChecker(): Promise<void> {
  cpSync(CHECKER, checker, { recursive: true });
  for (const path of ['.', ...readdirSync(checker, { recursive: true, encoding: 'utf8' })])
    chmodSync(join(checker, path), 0o755);
  const { code, text } = await run('npm', ['ci', '--silent'], { cwd: checker });
  if (code !== 0) throw new Error(text);
}

/** Tests that start the service need the tree of the image. No trial changes what is in it. */
async function buildTree(wanted: readonly Trial[]): Promise<void> {
  if (
    !wanted.some(
      ({ check }) => keyOf(check).startsWith('dashboards') || keyOf(check).startsWith('prometheus'),
    )
  ) {
    process.env.IMAGE_TREE = scratch; // nobody looks into it
    return;
  }
  const folder = join(scratch, 'image');
  const built = await buildImageTree(folder);
  makeReadOnly(join(built.folder, built.workdir));
  process.env.IMAGE_TREE = built.folder;
}

/** Whether a check passes on the copy, and what it said. */
async function passes(check: Check): Promise<readonly [boolean, string]> {
  const { code, text } = check === 'iac' ? await checkLayers() : await runTest(check);
  return [code === 0, text];
}

const checkLayers = () =>
  run(join(copy, '.ci/iac-check'), [], { cwd: copy, env: { ...process.env, IAC_CHECK: checker } });

function runTest({ test, part }: Exclude<Check, 'iac'>) {
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const jest = [join(copy, 'app/node_modules/jest/bin/jest.js'), '-c', 'jest.delivery.config.js', '--ci'];
  const chosen = [`test/delivery/${test}`, ...(part ? ['--testNamePattern', part] : [])];
  return run(process.execPath, [...flags, ...jest, ...chosen], { cwd: join(copy, 'app') });
}

async function tryOut(trial: Trial): Promise<boolean> {
  const path = join(copy, trial.path);
  const text = readFileSync(path, 'utf8');
  const broken = text.replace(trial.from, () => trial.to);
  if (broken === text) throw new Error(`${trial.path} has no ${trial.from}`);
  writeFileSync(path, broken);
  const [passed] = await passes(trial.check);
  writeFileSync(path, text);
  const verdict = passed ? 'NOT FOUND' : 'found    ';
  process.stdout.write(`${verdict}  ${trial.what} (${trial.path}; ${keyOf(trial.check)})\n`);
  return !passed;
}

async function main(): Promise<void> {
  const chosen = trials.filter(({ what }) => what.includes(word));
  const here = existsSync(join(CHECKER, 'iac-check.mjs'));
  const wanted = chosen.filter(({ check }) => check !== 'iac' || here);
  if (wanted.length < chosen.length)
    process.stdout.write(`${chosen.length - wanted.length} trials need iac-check, which is not here\n`);
  copyRepository();
  if (here) await prepareChecker();
  await buildTree(wanted);
  const checks = new Map(wanted.map(({ check }) => [keyOf(check), check]));
  for (const [key, check] of checks) {
    const [passed, text] = await passes(check);
    if (!passed) throw new Error(`${key} fails although nothing is broken:\n${text}`);
  }
  let missed = 0;
  for (const trial of wanted) if (!(await tryOut(trial))) missed += 1;
  process.stdout.write(`${wanted.length} things broken, ${missed} not found\n`);
  if (missed > 0) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
