import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** The service as a process of its own. */
export interface ServiceProcess {
  readonly url: string;
  readonly pid: number;
  /** Asks it to stop, and answers the exit code once it has. Kills it, and fails, after `withinMs`. */
  stop(withinMs?: number): Promise<number>;
  /** What it logged so far. */
  log(): string;
}

export interface ProcessOptions {
  readonly command: readonly string[];
  readonly cwd: string;
  /** All of it: nothing is taken over from this process. */
  readonly env: Readonly<Record<string, string>>;
  /** The user that it is to run as. Only root can choose. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
}

const START_MS = 30_000;
const STOP_MS = 30_000;

/** Starts it and resolves once it says where it listens. */
export async function startServiceProcess({
  command,
  cwd,
  env,
  user,
}: ProcessOptions): Promise<ServiceProcess> {
  const [program = '', ...args] = user ? ['setpriv', ...asUser(user), ...command] : command;
  const child = spawn(program, args, {
    cwd,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
  let logged = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    logged += text;
  });
  return {
    url: await addressOf(child),
    pid: child.pid ?? 0,
    stop: (withinMs = STOP_MS) => stop(child, withinMs),
    log: () => logged,
  };
}

/** As in a container: another user, no capability, and no way to get one. */
function asUser({ uid, gid }: { uid: number; gid: number }): string[] {
  return [
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--clear-groups',
    '--bounding-set=-all',
    '--no-new-privs',
    '--pdeathsig=KILL',
  ];
}

async function addressOf(child: ChildProcess): Promise<string> {
  let said = '';
  const found = new Promise<string>((resolve, reject) => {
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const url = /listens on (http:\S+)/.exec(said)?.[1];
      if (url) resolve(url.replace('0.0.0.0', '127.0.0.1'));
    });
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`the service ended with ${code}: ${said}`)));
    setTimeout(() => reject(new Error(`the service did not start: ${said}`)), START_MS).unref();
  });
  try {
    return await found;
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

async function stop(child: ChildProcess, withinMs: number): Promise<number> {
  if (child.exitCode !== null) return child.exitCode;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), withinMs);
  const [code] = (await ended) as [number | null];
  clearTimeout(late);
  if (code === null) throw new Error(`the service did not stop within ${withinMs} ms`);
  return code;
}
