import { type Cells, CellsUnavailable, type Place } from '../../cache/cells.ts';
import { encode } from '../../cache/representation.ts';
import { type Link, type LinkOptions, openLink } from './link.ts';
import { cellOf, createLooks } from './look.ts';

export interface RedisCellsOptions extends LinkOptions {
  /** Tells this table's cells from those of others in the same Redis. */
  readonly namespace: string;
  /** Release of the service: another one may write answers differently. Cells are shared by all, answers are not. */
  readonly release?: string;
}

const CELL_MS = 3_600_000;
const READ_MS = 50;
const WRITE_MS = 100;
const EPOCH_DIGITS = 8;

/**
 * Cells in Redis, single or cluster. Looks and fills have a connection of their own, so that no large answer stands
 * in the way of a fence. A cell and its representations share a hash tag, and so a slot.
 */
export function createRedisCells(options: RedisCellsOptions): Cells {
  const { namespace, mode, release = '' } = options;
  const reads = openLink(options);
  const fences = openLink(options);
  const cellKey = (scope: string) => `c{${namespace}:${scope}}`;
  const placeKey = ({ scope, name }: Place) => `r{${namespace}:${scope}}:${release}:${name}`;
  const fetch = (keys: readonly string[]) => within(READ_MS, reads.client.mgetBuffer(...keys));
  const look = createLooks(fetch, mode === 'cluster' ? tagOf : undefined);

  const onFences = <T>(scopes: readonly string[], call: (key: string) => Promise<T>) =>
    within(WRITE_MS, Promise.all(scopes.map((scope) => call(cellKey(scope)))));

  return {
    look: (scopes, at) => look(scopes.map(cellKey), at && placeKey(at)),
    async intend(scopes, token, ttlMs) {
      await onFences(scopes, (key) => fences.client.intend(key, token, ttlMs));
    },
    async commit(scopes, token, next) {
      await onFences(scopes, (key) => fences.client.commit(key, token, next, CELL_MS));
    },
    async open(scope, token) {
      const epoch = token.slice(0, EPOCH_DIGITS);
      return cellOf(await within(READ_MS, reads.client.openCell(cellKey(scope), token, epoch, CELL_MS)));
    },
    async drop(scopes) {
      await onFences(scopes, (key) => fences.client.dropCell(key));
    },
    async fill(at, representation, ttlMs) {
      const bytes = encode(representation);
      await within(WRITE_MS, reads.client.set(placeKey(at), bytes, 'PX', Math.ceil(ttlMs)));
    },
    incarnation: () => common(reads, fences),
    async close() {
      reads.close();
      fences.close();
    },
  };
}

/** Both connections must speak to the same servers: a fence elsewhere is none. */
function common(a: Link, b: Link): string | undefined {
  const name = a.incarnation();
  return name === b.incarnation() ? name : undefined;
}

/** The part of a key that decides its slot. */
const tagOf = (key: string) => key.slice(key.indexOf('{') + 1, key.indexOf('}'));

/**
 * Whatever the client does with a command, its caller waits no longer than this. After a busy stretch of this process
 * timers run before sockets are read, so an answer that has arrived by then still counts.
 */
async function within<T>(ms: number, call: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => setImmediate(() => reject(new CellsUnavailable('timeout'))), ms);
  });
  try {
    return await Promise.race([call, late]);
  } catch (error) {
    throw error instanceof CellsUnavailable ? error : new CellsUnavailable(reasonOf(error), error);
  } finally {
    clearTimeout(timer);
  }
}

/** Redis begins its errors with a word; those of the network have a code. */
function reasonOf(error: unknown): string {
  const { message = '', code } = error as { message?: string; code?: string };
  return (/^[A-Z]{3,}\b/.exec(message)?.[0] ?? code ?? 'error').toLowerCase();
}
