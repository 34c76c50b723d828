import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { accessSync, closeSync, constants, existsSync, openSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Certificate } from './throw-away-certificate.ts';

export interface RedisServerOptions {
  /** A free one unless given. */
  readonly port?: number;
  /** Where the server keeps its files; a `dump.rdb` found there is loaded. A new one unless given. */
  readonly dir?: string;
  readonly replicaOf?: { readonly port: number };
  /** Directives of redis.conf. Nothing is kept on disk unless they say so. */
  readonly config?: Readonly<Record<string, string>>;
  /** TLS on the port in place of plain TCP, with a throw-away certificate for 127.0.0.1 and localhost. */
  readonly tls?: boolean;
  readonly password?: string;
}

type PlacedOptions = RedisServerOptions & { readonly port: number; readonly dir: string };

/** The program of the server, the first there is of these. */
export function redisBinary(paths: readonly string[] = usualPaths()): string {
  const path = paths.find(isExecutable);
  if (path) return path;
  throw new Error(
    'These tests need a Redis server. Install the package redis-tools (Debian) or redis, ' +
      'so that /usr/bin/redis-check-rdb or a redis-server on the PATH is there.',
  );
}

/** In Debian's redis-tools the server goes by another name, and is one when called `redis-server`. */
function usualPaths(): string[] {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return [...folders.map((folder) => join(folder, 'redis-server')), '/usr/bin/redis-check-rdb'];
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Starts the process; what it says goes to `redis.log` in its directory. It never outlives this process: Linux sees
 * to that even when this process is killed.
 */
export function launchRedis(
  path: string,
  options: PlacedOptions,
  certificate: Certificate | undefined,
): ChildProcess {
  const args = argumentsFor(options, certificate);
  const log = openSync(join(options.dir, 'redis.log'), 'a');
  const stdio: StdioOptions = ['ignore', log, log];
  const tied = ['--pdeathsig', 'KILL', 'bash', '-c', 'exec -a redis-server "$0" "$@"', path, ...args];
  const child = existsSync('/usr/bin/setpriv')
    ? spawn('/usr/bin/setpriv', tied, { stdio })
    : spawn(path, args, { stdio, argv0: 'redis-server' });
  closeSync(log);
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
  return child;
}

function argumentsFor(options: PlacedOptions, certificate: Certificate | undefined): string[] {
  const { port, dir, replicaOf, config, password } = options;
  const directives: Record<string, string | undefined> = {
    bind: '127.0.0.1',
    port: String(certificate ? 0 : port),
    save: '',
    appendonly: 'no',
    'repl-diskless-sync-delay': '0', // replicas are served at once
    replicaof: replicaOf && `127.0.0.1 ${replicaOf.port}`,
    ...(certificate && tlsDirectives(port, certificate)),
    ...config,
  };
  const words = Object.entries(directives).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, ...value.split(' ')],
  );
  const secret = password ? ['--requirepass', password, '--masterauth', password] : [];
  return [...words, ...secret, '--dir', dir];
}

function tlsDirectives(port: number, certificate: Certificate): Record<string, string> {
  return {
    'tls-port': String(port),
    'tls-cert-file': certificate.certFile,
    'tls-key-file': certificate.keyFile,
    'tls-ca-cert-file': certificate.caFile,
    'tls-auth-clients': 'no',
    'tls-replication': 'yes',
    'tls-cluster': 'yes',
  };
}
