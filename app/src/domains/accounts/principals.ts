import type { MakeMemo } from '../../table/memo.ts';
import type { Table } from '../../table/table.ts';
import { readAccount } from './account.ts';
import { boundedMemo } from './bounded-memo.ts';
import { userOf } from './keys.ts';

/** What decides about the requests of a user, whichever credential they come with. Holds no password. */
export interface Principal {
  readonly role: string;
  readonly groups: readonly string[];
  readonly disabled: boolean;
  /** When each session ends, in Unix milliseconds. */
  readonly sessions: ReadonlyMap<string, number>;
  readonly keys: ReadonlyMap<string, PrincipalKey>;
}

export interface PrincipalKey {
  readonly hash: string;
  readonly scopes: readonly string[];
  /** Unix milliseconds. */
  readonly expires: number;
}

export interface Principals {
  /** The user as of now, on every instance: what was changed or ended before is known. Undefined for none. */
  find(organisation: string, uuid: string): Promise<Principal | undefined>;
}

const MAX_REMEMBERED = 20_000;

/**
 * Users are asked about with every request, so they are remembered under the token of their partition, which every
 * change of user, sessions and keys replaces: a log-out counts from the next request on.
 */
export function createPrincipals(table: Table, makeMemo: MakeMemo): Principals {
  const memo = boundedMemo<Principal | undefined>(makeMemo, MAX_REMEMBERED);

  async function load(organisation: string, uuid: string): Promise<Principal | undefined> {
    const account = await readAccount(table, organisation, uuid);
    if (!account) return undefined;
    const { user, sessions, keys } = account;
    return {
      role: user.role,
      groups: user.groups,
      disabled: user.disabled,
      sessions: new Map(sessions.map(({ id, expires_at }) => [id, expires_at * 1000])),
      keys: new Map(
        keys.map(({ id, hash, scopes, expires_at }) => {
          const expires = expires_at === null ? Number.POSITIVE_INFINITY : Date.parse(expires_at);
          return [id, { hash, scopes, expires }];
        }),
      ),
    };
  }

  return {
    find(organisation, uuid) {
      const scope = userOf(organisation, uuid);
      return memo.recall(scope, scope, () => load(organisation, uuid));
    },
  };
}
