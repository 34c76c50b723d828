import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { News, Order } from './service.ts';

/** One process of the service, which can be ended, stopped for a while and started again at the same address. */
export interface Instance {
  readonly index: number;
  readonly port: number;
  /** What a load balancer believes. */
  isUp(): boolean;
  start(): Promise<void>;
  tell(order: Order): void;
  kill(): Promise<void>;
  pause(): void;
  resume(): void;
  /** Resolves when the process has ended, or at once if it has. */
  ended(): Promise<void>;
  /** How often it ended without having been told to. */
  crashes(): number;
}

export interface InstanceOptions {
  readonly index: number;
  readonly port: number;
  readonly env: Readonly<Record<string, string>>;
  /** File for what it logs. */
  readonly log: string;
  readonly onRecorded: (scopes: readonly string[], at: number) => void;
}

const SCRIPT = join(import.meta.dirname, 'service.ts');
const START_MS = 20_000;

export function createInstance({ index, port, env, log, onRecorded }: InstanceOptions): Instance {
  let child: ChildProcess | undefined;
  let isUp = false;
  let crashes = 0;

  async function start(): Promise<void> {
    const started = launch({ ...env, PORT: String(port) }, log);
    child = started;
    started.once('exit', (_, signal) => {
      isUp = false;
      if (signal !== 'SIGKILL') crashes += 1;
    });
    started.on('message', (news: News) => {
      if ('recorded' in news) onRecorded(news.recorded, news.at);
      else isUp = child === started;
    });
    for (const deadline = Date.now() + START_MS; !isUp; await wait(5)) {
      if (hasEnded(started)) return; // by the next fault, or by its own: then it counts as a crash
      if (Date.now() > deadline) throw new Error(`Instance ${index} does not start; see ${log}`);
    }
  }

  async function ended(): Promise<void> {
    if (child && !hasEnded(child)) await once(child, 'exit');
  }
  return {
    index,
    port,
    isUp: () => isUp,
    start,
    tell(order) {
      if (child?.connected) child.send(order, () => {}); // it may end meanwhile
    },
    async kill() {
      isUp = false;
      child?.kill('SIGKILL');
      await ended();
    },
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    ended,
    crashes: () => crashes,
  };
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null;

/** The process ends with this one, even if this one is killed while that one is stopped: Linux sees to it. */
function launch(env: Readonly<Record<string, string>>, log: string): ChildProcess {
  const out = openSync(log, 'a');
  const args = ['--disable-warning=ExperimentalWarning', SCRIPT];
  const tied = existsSync('/usr/bin/setpriv');
  const child = spawn(
    tied ? '/usr/bin/setpriv' : process.execPath,
    tied ? ['--pdeathsig', 'KILL', process.execPath, ...args] : args,
    { env: { PATH: process.env.PATH, ...env }, stdio: ['ignore', out, out, 'ipc'] },
  );
  closeSync(out);
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
  return child;
}
