import { chmodSync, chownSync, cpSync, lstatSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { basename, isAbsolute, join } from 'node:path';
import { readDockerfile, type Stage, type Step } from './dockerfile.ts';
import { ROOT, textOf } from './repository.ts';
import { run } from './tools.ts';

/** A stage as a folder of this machine: what would be `/app` in the image is `<folder>/app`. */
interface Built {
  readonly folder: string;
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface ImageTree extends Built {
  readonly stage: Stage;
}

/** What the Dockerfile takes out of foreign images: the runtime, for which the one of this machine stands in. */
const FOREIGN: Readonly<Record<string, string>> = { '/usr/local/bin/node': process.execPath };

const CONTEXT = join(ROOT, 'app');
const STEP_SECONDS = 240;

/**
 * Does what the Dockerfile says, step by step, in folders below `scratch`. Answers the last stage. Commands run in the
 * working directory of their stage and must not reach beyond it.
 */
export async function buildImageTree(scratch: string): Promise<ImageTree> {
  const stages = new Map<string, Built>();
  const allowed = allowedInContext();
  let last: ImageTree | undefined;
  for (const [index, stage] of readDockerfile().entries()) {
    const folder = join(scratch, stage.name ?? `stage-${index}`);
    mkdirSync(folder, { recursive: true });
    const built = await buildStage(stage, folder, { stages, allowed });
    if (stage.name) stages.set(stage.name, built);
    last = { ...built, stage };
  }
  if (!last) throw new Error('the Dockerfile has no stage');
  return last;
}

interface Surroundings {
  readonly stages: ReadonlyMap<string, Built>;
  readonly allowed: ReadonlySet<string>;
}

async function buildStage(stage: Stage, folder: string, around: Surroundings): Promise<Built> {
  let built: Built = { folder, workdir: '/', env: {} };
  for (const step of stage.steps) built = await doStep(step, built, around);
  return built;
}

async function doStep(step: Step, built: Built, around: Surroundings): Promise<Built> {
  switch (step.kind) {
    case 'workdir':
      mkdirSync(join(built.folder, step.path), { recursive: true });
      return { ...built, workdir: step.path };
    case 'env':
      return { ...built, env: { ...built.env, ...step.values } };
    case 'arg':
      return { ...built, env: { ...built.env, [step.name]: step.value } };
    case 'run':
      await runIn(join(built.folder, built.workdir), step.command, built.env);
      return built;
    case 'copy':
      for (const source of step.sources) copy(source, step, built, around);
      return built;
  }
}

async function runIn(cwd: string, command: string, env: Readonly<Record<string, string>>): Promise<void> {
  const beyond = / \/(?!dev\/null)/.exec(command);
  if (beyond) throw new Error(`this step reaches beyond its folder: ${command}`);
  const { code, text } = await run('timeout', [String(STEP_SECONDS), 'sh', '-c', command], {
    cwd,
    env: { ...surroundings(), ...env },
  });
  if (code !== 0) throw new Error(`${command} ended with ${code}:\n${text}`);
}

/**
 * The environment of this process without what `npm run` put in, which would lead npm back to this project. Packages are
 * taken from npm's own store where it has them: their digests are checked all the same.
 */
function surroundings(): Record<string, string | undefined> {
  const own = /^(npm_(?!config_(registry|cache|.*proxy|cafile))|INIT_CWD|NODE_ENV$|NODE_OPTIONS$)/i;
  const kept = Object.entries(process.env).filter(([name]) => !own.test(name));
  return {
    ...Object.fromEntries(kept),
    npm_config_prefer_offline: 'true',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
  };
}

function copy(
  source: string,
  step: Extract<Step, { kind: 'copy' }>,
  built: Built,
  around: Surroundings,
): void {
  const from = sourceOf(source, step.from, around);
  const place = isAbsolute(step.target) ? step.target : join(built.workdir, step.target);
  const into = step.target.endsWith('/') || (statSync(from).isFile() && step.sources.length > 1);
  const target = join(built.folder, into ? join(place, basename(source)) : place);
  cpSync(from, target, { recursive: true, verbatimSymlinks: true });
  const [uid, gid] = (step.chown ?? '').split(':').map(Number);
  if (step.chown && process.getuid?.() === 0) chownSync(target, uid ?? 0, gid ?? 0);
}

function sourceOf(source: string, from: string | undefined, { stages, allowed }: Surroundings): string {
  if (from === undefined) {
    if (!allowed.has(source) && !allowed.has(`${source}/`))
      throw new Error(`.dockerignore keeps ${source} out`);
    return join(CONTEXT, source);
  }
  const foreign = FOREIGN[source];
  if (foreign !== undefined) return foreign;
  const stage = stages.get(from);
  if (!stage) throw new Error(`there is no stage ${from} before this one`);
  return join(stage.folder, source);
}

/** `.dockerignore` is a list of what is let in; anything else would be a rule that this test does not follow. */
export function allowedInContext(): Set<string> {
  const lines = textOf('app/.dockerignore')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const [first, ...rest] = lines;
  if (first !== '*' || rest.some((line) => !/^![\w./-]+$/.test(line)))
    throw new Error('not a plain list of exceptions');
  return new Set(rest.map((line) => line.slice(1)));
}

/** Takes the right to write from everything below a folder, and lets everybody read. */
export function makeReadOnly(path: string): void {
  const found = lstatSync(path);
  if (found.isSymbolicLink()) return;
  const isFolder = found.isDirectory();
  if (isFolder) for (const name of readdirSync(path)) makeReadOnly(join(path, name));
  chmodSync(path, isFolder || (found.mode & 0o111) !== 0 ? 0o555 : 0o444);
}

/** The size of everything below a folder, in bytes. */
export function sizeOf(path: string): number {
  const found = lstatSync(path);
  if (!found.isDirectory()) return found.size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}
