import type { Actor } from '../../kernel/actor.ts';
import type { Jwts } from '../../kernel/credentials.ts';
import { fail } from '../../kernel/errors.ts';
import type { Clock } from '../../kernel/ports.ts';
import type { KeyUse } from './api-keys/use.ts';
import type { Principal, Principals } from './principals.ts';
import type { Roles } from './roles/service.ts';
import { digestOf, isSameDigest } from './sessions/refresh-token.ts';
import type { AccessTokens, Bearer } from './tokens/access-tokens.ts';
import type { Issuers } from './tokens/issuers.ts';

export interface AuthenticateOptions {
  /** Who asks without any credentials. */
  readonly anonymous: Actor;
  readonly clock: Clock;
  readonly jwts: Jwts;
  readonly accessTokens: AccessTokens;
  readonly issuers: Issuers;
  readonly principals: Principals;
  readonly roles: Roles;
  readonly keyUse: KeyUse;
}

/** Where credentials may stand in a request. */
export interface CredentialHeaders {
  readonly authorization?: string | undefined;
  readonly 'x-api-key'?: string | string[] | undefined;
}

const BEARER = /^bearer +([\w.~+/=-]+) *$/i;
export const API_KEY = /^cad_([0-9a-z]{12})_([\w-]{43})$/;
const MAX_TOKEN_BYTES = 8 * 1024;

/**
 * Makes the function that finds out who asks. A credential that is given must be good: nobody who meant to be
 * somebody is taken for anybody. What the caller may do is looked up as of now; a token only says who it is.
 */
export function authenticator(options: AuthenticateOptions) {
  const { anonymous, clock, jwts, accessTokens, issuers, principals, roles, keyUse } = options;

  /** The scopes of a built-in role are known to everybody; others are those that the organisation gave it. */
  async function withRole(actor: Actor): Promise<Actor> {
    const scopes = roles.currentScopes(actor.organisation, actor.role);
    return scopes === undefined ? actor : { ...actor, scopes: await scopes };
  }

  async function bearerActor({ organisation, user, session }: Bearer): Promise<Actor> {
    const principal = await principals.find(organisation, user);
    const ends = principal?.sessions.get(session) ?? 0;
    if (!principal || principal.disabled || ends <= clock.now()) throw invalidToken();
    return withRole({ ...actorOf(`user:${user}`, organisation, user, principal), session });
  }

  async function tokenActor(token: string): Promise<Actor> {
    const known = accessTokens.recall(token);
    if (known) return bearerActor(known);
    if (token.length > MAX_TOKEN_BYTES) throw invalidToken();
    const said = jwts.peek(token);
    if (said && issuers.isTrusted(said.issuer)) {
      const actor = await issuers.verify(token, said.issuer ?? '');
      if (!actor) throw invalidToken();
      return withRole(actor);
    }
    const bearer = said && (await accessTokens.verify(token, said.kid));
    if (!bearer) throw invalidToken();
    return bearerActor(bearer);
  }

  async function keyActor(text: string): Promise<Actor> {
    const [, id = '', secret = ''] = API_KEY.exec(text) ?? [];
    const owner = id === '' ? undefined : await keyUse.ownerOf(id);
    const principal = owner && (await principals.find(owner.organisation, owner.user));
    const key = principal?.keys.get(id);
    const isRight = isSameDigest(digestOf(secret), key?.hash ?? '');
    if (!owner || !principal || !key || !isRight || principal.disabled || key.expires <= clock.now()) {
      throw invalidToken();
    }
    keyUse.note(id);
    const actor = actorOf(`key:${id}`, owner.organisation, owner.user, principal);
    return withRole({ ...actor, within: key.scopes });
  }

  return function authenticate(headers: CredentialHeaders): Actor | Promise<Actor> {
    const { authorization, 'x-api-key': apiKey } = headers;
    if (authorization === undefined && apiKey === undefined) return anonymous;
    if (apiKey !== undefined) {
      if (authorization !== undefined || typeof apiKey !== 'string') throw invalidToken();
      return keyActor(apiKey);
    }
    const [, token] = BEARER.exec(authorization ?? '') ?? [];
    if (token === undefined) throw invalidToken();
    return token.startsWith('cad_') ? keyActor(token) : tokenActor(token);
  };
}

function actorOf(id: string, organisation: string, user: string, { role, groups }: Principal): Actor {
  return { id, organisation, role, user, groups };
}

/** The same words for whatever is wrong with it. */
const invalidToken = () =>
  fail('unauthenticated', 'invalid_token', 'The credentials of this request are not good, or no longer.');
