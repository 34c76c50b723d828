import { type Actor, ROLE_SCOPES, type Role } from '../../../kernel/actor.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { Table } from '../../../table/table.ts';
import type { ApiKeys } from '../api-keys/service.ts';
import type { CredentialHeaders } from '../authenticate.ts';
import { sessionKey } from '../keys.ts';
import { fromItem } from '../sessions/model.ts';
import { digestOf, isSameDigest, type RefreshToken, type RefreshTokens } from '../sessions/refresh-token.ts';
import type { Sessions } from '../sessions/service.ts';

export interface HolderOptions {
  readonly table: Table;
  readonly authenticate: (headers: CredentialHeaders) => Actor | Promise<Actor>;
  readonly refreshTokens: RefreshTokens;
  readonly sessions: Sessions;
  readonly apiKeys: ApiKeys;
}

/** What is told of a token (RFC 7662 2.2); of one that is not good, nothing else. */
export interface Introspection {
  readonly active: boolean;
  readonly token_type?: 'access_token' | 'refresh_token' | 'api_key';
  readonly sub?: string;
  readonly organisation?: string;
  readonly scope?: string;
  /** Unix seconds; absent for what does not end by itself. */
  readonly exp?: number;
}

const INACTIVE: Introspection = { active: false };
const KEY = 'key:';

/** Whom a token speaks for, and its end before its time. */
export function createHolder({ table, authenticate, refreshTokens, sessions, apiKeys }: HolderOptions) {
  /**
   * Makes a token worthless at once (RFC 7009): a session ends with all its tokens, an API key is removed. Whoever has
   * a token may do that; what is no good token any more is fine as well.
   */
  async function revoke(token: string, requestId: string | undefined): Promise<void> {
    const refresh = refreshTokens.decode(token);
    if (refresh) return sessions.logOut(refresh.organisation, refresh.user, refresh.session);
    const actor = await holderOf(token);
    if (actor?.id.startsWith(KEY)) return apiKeys.remove({ ...actor, requestId }, actor.id.slice(KEY.length));
    if (actor?.user !== undefined && actor.session !== undefined)
      await sessions.logOut(actor.organisation, actor.user, actor.session);
  }

  /** What a token of the caller's own organisation is good for now (RFC 7662). */
  async function introspect(caller: Actor, token: string): Promise<Introspection> {
    const refresh = refreshTokens.decode(token);
    if (refresh) return refresh.organisation === caller.organisation ? ofRefreshToken(refresh) : INACTIVE;
    const actor = await holderOf(token);
    if (actor?.organisation !== caller.organisation) return INACTIVE;
    const exp = actor.id.startsWith(KEY) ? await endOfKey(actor) : endOfToken(token);
    return {
      active: true,
      token_type: actor.id.startsWith(KEY) ? 'api_key' : 'access_token',
      sub: actor.id,
      organisation: actor.organisation,
      scope: (actor.within ?? actor.scopes ?? ROLE_SCOPES[actor.role as Role] ?? []).join(' '),
      ...(exp !== undefined && { exp }),
    };
  }

  async function ofRefreshToken({
    organisation,
    user,
    session,
    secret,
  }: RefreshToken): Promise<Introspection> {
    const item = await table.get(sessionKey(organisation, user, session));
    const found = item && fromItem(item);
    if (!found || !isSameDigest(digestOf(secret), found.hash)) return INACTIVE;
    return {
      active: true,
      token_type: 'refresh_token',
      sub: `user:${user}`,
      organisation,
      exp: found.expires_at,
    };
  }

  async function endOfKey(actor: Actor): Promise<number | undefined> {
    const { expires_at } = await apiKeys.get(actor, actor.id.slice(KEY.length));
    return expires_at === null ? undefined : Math.floor(Date.parse(expires_at) / 1000);
  }

  /** The caller that a token makes of whoever sends it; undefined if it is good for nothing. */
  async function holderOf(token: string): Promise<Actor | undefined> {
    try {
      return await authenticate({ authorization: `Bearer ${token}` });
    } catch (error) {
      if (error instanceof Failure && error.kind === 'unauthenticated') return undefined;
      throw error;
    }
  }

  return { revoke, introspect };
}

export type Holder = ReturnType<typeof createHolder>;

/** Read from a token that has been verified. */
function endOfToken(token: string): number {
  const [, claims = ''] = token.split('.');
  return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { exp: number }).exp;
}
