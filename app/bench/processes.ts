import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A program under measurement: a child process that listens on this machine. */
export interface Server {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly env: Readonly<Record<string, string>>;
  /** File for standard output, which is where the service logs to. */
  readonly output?: string;
  readonly flags?: readonly string[];
}

const START_MS = 20_000;
const STOP_MS = 10_000;
const ADDRESS = /listens on (http:\S+)/;
const running = new Set<ChildProcess>();

// Whatever ends this process, the programs that it started end with it.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

export const serviceScript = join(import.meta.dirname, '../src/main.ts');

/** Starts a script of ours, which says `listens on <address>` on its standard error. */
export async function startServer(script: string, options: StartOptions): Promise<Server> {
  const child = spawnNode(script, [], options);
  const url = await addressOf(child);
  return { url, pid: child.pid!, stop: () => stop(child) };
}

/** Runs a script of ours to its end and answers what it printed. */
export async function runScript(script: string, args: readonly string[]): Promise<string> {
  const child = spawnNode(script, args, { env: {} });
  let printed = '';
  let complaint = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (printed += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${script} ended with code ${code}: ${complaint}`);
  return printed;
}

/** The environment is ours alone: settings of the shell must not change what is measured. */
function spawnNode(script: string, args: readonly string[], { env, output, flags = [] }: StartOptions) {
  const log = output === undefined ? undefined : openSync(output, 'a');
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', ...flags, script, ...args],
    {
      env: { PATH: process.env.PATH, TMPDIR: tmpdir(), HOST: '127.0.0.1', PORT: '0', ...env },
      stdio: ['ignore', log ?? 'pipe', 'pipe'],
    },
  );
  if (log !== undefined) closeSync(log);
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

async function addressOf(child: ChildProcess): Promise<string> {
  let text = '';
  const found = new Promise<string>((resolve) => {
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-4000);
      const address = ADDRESS.exec(text)?.[1];
      if (address) resolve(address);
    });
  });
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(`a server did not start: ${text}`)), START_MS).unref();
    child.once('exit', (code) => reject(new Error(`a server ended with code ${code}: ${text}`)));
  });
  late.catch(() => {}); // it also ends when all is over
  return Promise.race([found, late]);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  const impatient = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  child.kill('SIGTERM');
  await ended;
  clearTimeout(impatient);
}
