import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type Cells, WRITING } from '../src/cache/cells.ts';
import { TOKEN_LENGTH, type Token } from '../src/cache/tokens.ts';
import type { Table } from '../src/table/table.ts';

/** A way to get the protocol wrong, to see that the checker notices. */
export interface Mutant {
  /** The faults under which it shows, by how their names begin; all, if it shows under any. */
  readonly faults?: readonly string[];
  readonly cells?: (cells: Cells) => Cells;
  readonly table?: (table: Table) => Table;
  readonly client?: (client: DynamoDBClient) => void;
}

/** The writer does not reach Redis, the readers do. */
const UNREACHABLE = ['redis silent for one', 'redis deaf', 'redis mute', 'redis slow', 'redis refuses'];
const EPOCH_DIGITS = 8;
/** The same token for all of an epoch. */
const reused = (token: Token) => token.slice(0, EPOCH_DIGITS).padEnd(TOKEN_LENGTH, '0');
const isOpen = (cell: string | undefined) => cell !== undefined && cell.length === TOKEN_LENGTH;

export const MUTANTS: Readonly<Record<string, Mutant>> = {
  /** Writes are not listed before they are done, only cleaned up after. */
  'no-intent': { cells: (cells) => ({ ...cells, intend: async () => {} }) },

  /** The old way: delete after the write. */
  'delete-after-write': {
    cells: (cells) => ({
      ...cells,
      intend: async () => {},
      commit: (scopes) => cells.drop(scopes),
    }),
  },

  /** A cell that lost its mark and was opened meanwhile stays open. */
  'commit-keeps': {
    faults: ['redis flushed', 'store far away', 'store has a slow tail'],
    cells: (cells) => ({
      ...cells,
      async commit(scopes, token, next) {
        const found = await cells.look(scopes);
        const marked = scopes.filter((_, i) => !isOpen(found.cells[i]));
        if (marked.length > 0) await cells.commit(marked, token, next);
      },
    }),
  },

  'reused-token': {
    cells: (cells) => ({
      ...cells,
      commit: (scopes, token, next) => cells.commit(scopes, token, reused(next)),
      open: (scope, token) => cells.open(scope, reused(token)),
    }),
  },

  /** What was read is kept under the token of now, not under that of before the reading. */
  'late-stamp': {
    cells: (cells) => ({
      ...cells,
      async fill(at, one, ttlMs) {
        const [cell = WRITING] = (await cells.look([at.scope])).cells;
        const stamp = isOpen(cell) ? cell + one.stamp.slice(TOKEN_LENGTH) : one.stamp;
        await cells.fill(at, { ...one, stamp }, ttlMs);
      },
    }),
  },

  /** Listings are not fenced with their members. */
  'forgotten-list': {
    cells: (cells) => {
      const members = (scopes: readonly string[]) => scopes.filter((scope) => !scope.includes('#type#'));
      return {
        ...cells,
        intend: (scopes, token, ttlMs) => cells.intend(members(scopes), token, ttlMs),
        commit: (scopes, token, next) => cells.commit(members(scopes), token, next),
      };
    },
  },

  /** Another Redis is not noticed: neither after a failover nor after a restart. */
  'blind-to-failover': {
    faults: ['redis failed over', 'redis restarted old', 'redis restarted empty'],
    cells: (cells) => ({
      ...cells,
      incarnation: () => (cells.incarnation() === undefined ? undefined : 'same'),
    }),
  },

  /** Writes that could not be fenced are told to nobody. */
  'no-record': {
    faults: UNREACHABLE,
    table: (table) => ({
      ...table,
      async write(actions) {
        const left = actions.filter((action) => action.type !== 'put' || action.item.kind !== 'dirty');
        if (left.length > 0) await table.write(left);
      },
    }),
  },

  /** Records are read and the cells left as they are. */
  'no-drop': {
    faults: UNREACHABLE,
    cells: (cells) => ({ ...cells, drop: async () => {} }),
  },

  /** Reads that do not insist on the newest. */
  'weak-reads': {
    client(client) {
      client.middlewareStack.add(
        (next) => (args) => {
          const input = args.input as { ConsistentRead?: boolean };
          if (input.ConsistentRead) input.ConsistentRead = false;
          return next(args);
        },
        { step: 'initialize' },
      );
    },
  },

  /** The state that all instances share is never read again, so records of others are never seen. */
  'deaf-beat': {
    faults: UNREACHABLE,
    table: (table) => ({
      ...table,
      async query(query) {
        const page = await table.query(query);
        return query.pk.startsWith('system#coherence')
          ? { ...page, items: page.items.filter((item) => item.kind !== 'dirty') }
          : page;
      },
    }),
  },
};
