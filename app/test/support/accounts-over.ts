import { createJose } from '../../src/adapters/jose.ts';
import { type AccountsOptions, createAccounts } from '../../src/domains/accounts/index.ts';
import type { Answer, Call } from '../../src/domains/domain.ts';
import type { Actor } from '../../src/kernel/actor.ts';
import type { PasswordHasher } from '../../src/kernel/credentials.ts';
import { type Clock, silentLog } from '../../src/kernel/ports.ts';
import { createCursors } from '../../src/table/cursor.ts';
import { timedMemos } from '../../src/table/memo.ts';
import type { Table } from '../../src/table/table.ts';

export const anonymous: Actor = { id: 'anonymous', organisation: 'default', role: 'none' };

/** A hasher that only counts what it is asked, and keeps what it would have to hide. */
export interface CountingHasher extends PasswordHasher {
  readonly hashed: string[];
  readonly verified: string[];
}

export function countingHasher(version = 1): CountingHasher {
  const hashed: string[] = [];
  const verified: string[] = [];
  return {
    hashed,
    verified,
    async hash(password) {
      hashed.push(password);
      return `v${version}:${password}`;
    },
    async verify(password, stored) {
      verified.push(password);
      return stored.replace(/^v\d:/, '') === password;
    },
    isOutdated: (stored) => !stored.startsWith(`v${version}:`),
    decoy: () => 'v1:\0',
  };
}

/** Accounts without HTTP in between. */
export async function accountsOver(
  table: Table,
  clock: Clock,
  more: Partial<Omit<AccountsOptions, 'table' | 'clock'>> = {},
) {
  const accounts = await createAccounts({
    table,
    clock,
    log: silentLog,
    cursors: createCursors(Buffer.alloc(32, 7), clock),
    makeMemo: timedMemos(0, clock),
    settle: async () => {},
    hasher: countingHasher(),
    jwts: createJose(),
    anonymous,
    resources: () => new Set(['products']),
    signUp: { isOpen: true, role: 'editor' },
    sessionDays: 30,
    tokens: { issuer: 'cadastre', audience: 'cadastre', seconds: 600, trusted: [] },
    ...more,
  });
  const routes = new Map(
    accounts.domains.flatMap((domain) => domain.routes).map((one) => [one.operation, one]),
  );

  async function call(operation: string, given: Partial<Call> = {}): Promise<Answer> {
    return routes.get(operation)!.handler({
      actor: anonymous,
      params: {},
      query: { limit: 50 },
      body: undefined,
      mediaType: undefined,
      stream: undefined,
      ifMatch: undefined,
      ifNoneMatch: undefined,
      idempotencyKey: undefined,
      ...given,
    });
  }

  return { ...accounts, call };
}

export type TestAccounts = Awaited<ReturnType<typeof accountsOver>>;
