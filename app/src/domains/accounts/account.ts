import type { Item, Table } from '../../table/table.ts';
import { type ApiKey, fromItem as keyFromItem } from './api-keys/model.ts';
import { userOf } from './keys.ts';
import { type Session, fromItem as sessionFromItem } from './sessions/model.ts';
import { type StoredUser, fromItem as userFromItem } from './users/model.ts';

/** A user with everything that acts for them: all of one partition. */
export interface Account {
  readonly user: StoredUser;
  readonly sessions: readonly Session[];
  readonly keys: readonly ApiKey[];
}

/** What one user may have: so few that they are read, and ended, all at once. */
export const LIMITS = { sessions: 20, keys: 15, groups: 20 } as const;

const PAGE = 100;

/** Reads an account; undefined if there is no such user. */
export async function readAccount(
  table: Table,
  organisation: string,
  uuid: string,
): Promise<Account | undefined> {
  const items: Item[] = [];
  for (let after: string | undefined; ; ) {
    const page = await table.query({ pk: userOf(organisation, uuid), after, limit: PAGE });
    items.push(...page.items);
    if (page.next === undefined) break;
    after = page.next;
  }
  const user = items.find(({ kind }) => kind === 'user');
  if (!user) return undefined;
  return {
    user: userFromItem(user),
    sessions: items.filter(({ kind }) => kind === 'session').map(sessionFromItem),
    keys: items.filter(({ kind }) => kind === 'api-key').map(keyFromItem),
  };
}
