import { readFileSync } from 'node:fs';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { Log } from '../../kernel/ports.ts';
import { COMMIT, DROP, INTEND, OPEN } from './scripts.ts';
import { voiceOf } from './voice.ts';

export interface LinkOptions {
  /** `redis://` or `rediss://` with user, password and database; of a cluster, any node. */
  readonly url: string;
  readonly mode: 'single' | 'cluster';
  /** File with the certificates to trust in place of the system's. */
  readonly caFile?: string | undefined;
  readonly log: Log;
}

/** The scripts, as methods that the client adds to itself. */
export interface Scripts {
  intend(key: string, token: string, ttlMs: number): Promise<number>;
  commit(key: string, token: string, next: string, ttlMs: number): Promise<number>;
  openCell(key: string, token: string, epoch: string, ttlMs: number): Promise<string>;
  dropCell(key: string): Promise<number>;
}

export type Client = (Redis | Cluster) & Scripts;

/** A connection to Redis that knows whom it speaks to. */
export interface Link {
  readonly client: Client;
  /** Names the servers behind it, anew each time one starts; undefined while they cannot be asked. */
  incarnation(): string | undefined;
  close(): void;
}

const SCRIPTS = {
  intend: { lua: INTEND, numberOfKeys: 1 },
  commit: { lua: COMMIT, numberOfKeys: 1 },
  openCell: { lua: OPEN, numberOfKeys: 1 },
  dropCell: { lua: DROP, numberOfKeys: 1 },
};

const RECONNECT_MS = 50;
const LONGEST_RECONNECT_MS = 2_000;
const JITTER_MS = 200;

/** Soon, then less and less often; never all instances at once. */
const backoff = (attempt: number) =>
  Math.min(RECONNECT_MS * 2 ** attempt, LONGEST_RECONNECT_MS) + Math.random() * JITTER_MS;

/**
 * What keeps the protocol true: a command runs once, now, or not at all. Nothing waits for a connection and nothing
 * is sent again by the client, because a command that runs later than its caller gave up is a surprise.
 */
const STRICT: RedisOptions = {
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  connectTimeout: 500,
  socketTimeout: 1_000,
  keepAlive: 5_000,
  retryStrategy: backoff,
  /** A primary that became a replica: go and find the new one. The command itself has failed. */
  reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 1 : false),
};

export function openLink(options: LinkOptions): Link {
  return options.mode === 'cluster' ? clusterLink(options) : singleLink(options);
}

function singleLink({ url, caFile, log }: LinkOptions): Link {
  const client = new Redis(url, { ...STRICT, ...tlsOf(url, caFile), scripts: SCRIPTS });
  const { ask, forget, incarnation, stop } = watch(client, log, {
    question: () => runIdOf(client),
    demoted: () => client.disconnect(true),
  });
  client.on('ready', ask).on('close', forget);
  return { client: client as Redis as Client, incarnation, close: stop };
}

function clusterLink({ url, caFile, log }: LinkOptions): Link {
  const { username, password } = new URL(url);
  const client = new Cluster([url], {
    enableOfflineQueue: false,
    scaleReads: 'master',
    maxRedirections: 3,
    retryDelayOnFailover: 50,
    retryDelayOnClusterDown: 50,
    retryDelayOnTryAgain: 20,
    slotsRefreshTimeout: 1_000,
    slotsRefreshInterval: 5_000,
    clusterRetryStrategy: backoff,
    // Certificates name hosts, so addresses stay as the cluster tells them.
    dnsLookup: (address, callback) => callback(null, address),
    scripts: SCRIPTS,
    redisOptions: {
      ...STRICT,
      ...tlsOf(url, caFile),
      ...(username !== '' && { username: decodeURIComponent(username) }),
      ...(password !== '' && { password: decodeURIComponent(password) }),
    },
  });
  const { ask, forget, incarnation, stop } = watch(client, log, {
    question: () => runIdsOf(client),
    demoted: () => client.refreshSlotsCache(),
  });
  client.on('+node', (node: Redis) => node.on('ready', ask).on('close', forget));
  client.on('ready', ask).on('-node', ask).on('close', forget);
  return { client: client as Cluster as Client, incarnation, close: stop };
}

interface Questions {
  /** Who is there; rejects with `Demoted` if it is no primary any more. */
  readonly question: () => Promise<string>;
  readonly demoted: () => void;
}

class Demoted extends Error {}

const ASK_AGAIN_MS = 1_000;

/**
 * Asks after each connection who is there, and again every second, because a server can give up its part without
 * closing a connection. What came of an older question than the latest does not count.
 */
function watch(client: Redis | Cluster, log: Log, { question, demoted }: Questions) {
  let incarnation: string | undefined;
  let asked = 0;
  let isAsking = false;
  const voice = voiceOf(log);
  client.on('error', (error: Error) => voice.lost(client, error));

  const forget = () => {
    asked += 1;
    incarnation = undefined;
  };
  function ask(): void {
    forget();
    put();
  }
  /** Puts the question; until the answer is there, what was known stays. */
  async function put(): Promise<void> {
    const mine = asked;
    isAsking = true;
    try {
      const answer = await question();
      if (mine !== asked) return;
      incarnation = answer;
      voice.back(client);
    } catch (error) {
      if (mine !== asked) return; // what came after it will tell
      voice.lost(client, error as Error);
      if (error instanceof Demoted) {
        forget();
        demoted();
      }
    } finally {
      isAsking = false;
    }
  }
  const timer = setInterval(() => {
    if (incarnation !== undefined && !isAsking) put();
  }, ASK_AGAIN_MS).unref();

  function stop(): void {
    clearInterval(timer);
    asked += 1; // nothing that is still to come counts
    client.disconnect();
    voice.closed(client);
  }
  return { incarnation: () => incarnation, ask, forget, stop };
}

async function runIdOf(node: Redis): Promise<string> {
  const [server, replication] = await Promise.all([node.info('server'), node.info('replication')]);
  if (!/^role:master/m.test(replication)) throw new Demoted('The server is no primary.');
  const id = /^run_id:(\w+)/m.exec(server)?.[1];
  if (id === undefined) throw new Error('The server does not tell its run_id.');
  return id;
}

/** All primaries together are one memory: if one of them starts anew or gives way to another, it is another one. */
async function runIdsOf(cluster: Cluster): Promise<string> {
  return (await Promise.all(cluster.nodes('master').map(runIdOf))).sort().join(' ');
}

function tlsOf(url: string, caFile: string | undefined): RedisOptions {
  if (!url.startsWith('rediss:')) return {};
  return { tls: caFile === undefined ? {} : { ca: readFileSync(caFile) } };
}
