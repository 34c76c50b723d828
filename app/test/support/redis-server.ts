import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Redis, type RedisOptions } from 'ioredis';
import { launchRedis, type RedisServerOptions, redisBinary } from './redis-process.ts';
import { throwAwayCertificate } from './throw-away-certificate.ts';

export type { RedisServerOptions };

/** A real Redis server, as a process of its own on this machine. */
export interface RedisServer {
  readonly port: number;
  readonly url: string;
  readonly pid: number;
  readonly dir: string;
  /** With TLS: the authority to trust. */
  readonly ca: string | undefined;
  /** Ends it in order, after a kill too, and removes the directory unless it was given. */
  stop(): Promise<void>;
  /** Ends it without warning. The directory stays, for a server started after it. */
  kill(): Promise<void>;
  /** Stops the process where it is: its connections stay open and nothing is answered. */
  pause(): void;
  resume(): void;
  /** Says a command straight to this server, on a connection of its own. */
  command(name: string, ...args: readonly (string | number | Buffer)[]): Promise<unknown>;
}

const START_MS = 10_000;
const STOP_MS = 3_000;
const COMMAND_MS = 5_000;

/** Starts a server, empty unless `dir` holds a dump; resolves when it answers PING. */
export async function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  const path = redisBinary();
  const { port = await freePort(), password } = options;
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'redis-')));
  const certificate = options.tls ? await throwAwayCertificate(dir) : undefined;
  const ca = certificate?.ca;
  const child = launchRedis(path, { ...options, port, dir }, certificate);
  const ended = once(child, 'exit');
  const command = commander({ port, password, tls: ca ? { ca } : undefined });

  async function kill(): Promise<void> {
    child.kill('SIGKILL');
    await ended;
  }
  async function stop(): Promise<void> {
    child.kill('SIGTERM');
    child.kill('SIGCONT'); // a paused one would not hear of its end
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(late);
    if (!options.dir) await rm(dir, { recursive: true, force: true });
  }
  const server: RedisServer = {
    port,
    url: `${ca ? 'rediss' : 'redis'}://${password ? `:${encodeURIComponent(password)}@` : ''}127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    dir,
    ca,
    stop,
    kill,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    command,
  };
  return answering(server, child);
}

/** Address of the Redis server of this test run. */
export function redisUrl(): string {
  const { REDIS_TEST_URL, REDIS_TEST_PROBLEM } = process.env;
  if (REDIS_TEST_URL) return REDIS_TEST_URL;
  throw new Error(REDIS_TEST_PROBLEM ?? 'No Redis server: REDIS_TEST_URL is not set.');
}

/**
 * A port nobody listens on, below those the system hands out to outgoing connections: a server that was killed
 * finds its port still free.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    const probe = createServer();
    const free = await new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!free) continue;
    probe.close();
    await once(probe, 'close');
    return port;
  }
}

function commander(address: RedisOptions): RedisServer['command'] {
  return async (name, ...args) => {
    const client = new Redis({
      ...address,
      host: '127.0.0.1',
      lazyConnect: true,
      enableReadyCheck: false,
      commandTimeout: COMMAND_MS,
      connectTimeout: COMMAND_MS,
      retryStrategy: () => null,
    });
    client.on('error', () => {}); // the command fails with it
    try {
      await client.connect();
      return await client.call(name, ...args);
    } finally {
      if (client.status !== 'end') client.disconnect(); // after its end, it would wait two seconds for it
    }
  };
}

async function answering(server: RedisServer, child: ChildProcess): Promise<RedisServer> {
  for (const deadline = Date.now() + START_MS; ; await wait(5)) {
    if (child.exitCode !== null || child.signalCode !== null) {
      const log = await logOf(server);
      await server.stop();
      throw new Error(`The Redis server ended:\n${log}`);
    }
    try {
      await server.command('PING');
      return server;
    } catch (error) {
      if (Date.now() < deadline) continue;
      await server.stop();
      throw new Error('The Redis server does not answer.', { cause: error });
    }
  }
}

async function logOf({ dir }: RedisServer): Promise<string> {
  const text = await readFile(join(dir, 'redis.log'), 'utf8').catch(() => '');
  return text.split('\n').slice(-6).join('\n');
}
