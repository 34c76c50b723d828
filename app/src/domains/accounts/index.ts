import type { Actor } from '../../kernel/actor.ts';
import type { Jwk, Jwts, PasswordHasher } from '../../kernel/credentials.ts';
import type { Clock, Flags, Log } from '../../kernel/ports.ts';
import { type Cursors, sharedSecret } from '../../table/cursor.ts';
import type { MakeMemo } from '../../table/memo.ts';
import { createReplies } from '../../table/replies.ts';
import type { Table } from '../../table/table.ts';
import type { Domain } from '../domain.ts';
import { apiKeysDomain } from './api-keys/routes.ts';
import { createApiKeys } from './api-keys/service.ts';
import { createKeyUse } from './api-keys/use.ts';
import { createAudit } from './audit/audit.ts';
import { auditDomain } from './audit/routes.ts';
import { authenticator } from './authenticate.ts';
import { createFirstUser } from './first-user.ts';
import type { Resources } from './grants.ts';
import { groupsDomain } from './groups/routes.ts';
import { createGroups } from './groups/service.ts';
import { organisationsDomain } from './organisations/routes.ts';
import { createOrganisations } from './organisations/service.ts';
import { unknownOwners } from './owners.ts';
import { createPrincipals } from './principals.ts';
import { rolesDomain } from './roles/routes.ts';
import { createRoles } from './roles/service.ts';
import { createOwnAccount } from './sessions/me.ts';
import { createRefreshTokens } from './sessions/refresh-token.ts';
import { signInDomain } from './sessions/routes.ts';
import { createSessions } from './sessions/service.ts';
import { createAccessTokens } from './tokens/access-tokens.ts';
import { createHolder } from './tokens/holder.ts';
import { createIssuers, type TrustedIssuer } from './tokens/issuers.ts';
import { tokensDomain } from './tokens/routes.ts';
import { createSigningKeys } from './tokens/signing-keys.ts';
import { usersDomain } from './users/routes.ts';
import { createUsers } from './users/service.ts';

export interface AccountsOptions {
  readonly table: Table;
  readonly clock: Clock;
  readonly log: Log;
  readonly cursors: Cursors;
  readonly makeMemo: MakeMemo;
  readonly settle: (scopes: readonly string[]) => Promise<void>;
  readonly hasher: PasswordHasher;
  readonly jwts: Jwts;
  /** Who asks without any credentials. */
  readonly anonymous: Actor;
  readonly resources: Resources;
  readonly signUp: { readonly isOpen: boolean; readonly role: string };
  readonly flags?: Flags;
  readonly sessionDays: number;
  readonly tokens: {
    readonly issuer: string;
    readonly audience: string;
    readonly seconds: number;
    readonly keys?: readonly Jwk[] | undefined;
    readonly trusted: readonly TrustedIssuer[];
  };
}

export type Accounts = Awaited<ReturnType<typeof createAccounts>>;

/** Users, what they log in with, and everything that decides who may do what. */
export async function createAccounts(options: AccountsOptions) {
  const { table, clock, log, cursors, jwts, tokens } = options;
  const replies = createReplies(table, clock, options.settle);
  const audit = createAudit(table, clock, cursors);
  const organisations = createOrganisations({ ...options, audit });
  const roles = createRoles({ ...options, audit });
  const users = createUsers({ ...options, audit, roles, organisations });
  const groups = createGroups({ ...options, audit });
  const keyUse = createKeyUse(table, clock, log);
  const apiKeys = createApiKeys({ ...options, audit, keyUse });
  const signingKeys = createSigningKeys({ table, clock, jwts, given: tokens.keys });
  const accessTokens = createAccessTokens({ ...tokens, clock, jwts, keys: signingKeys });
  const refreshTokens = createRefreshTokens(await sharedSecret(table, 'refresh-tokens'));
  const sessions = createSessions({ ...options, audit, accessTokens, refreshTokens });
  const ownAccount = createOwnAccount(users, sessions, options.hasher);
  const principals = createPrincipals(table, options.makeMemo);
  const issuers = createIssuers(tokens.trusted, jwts, clock);
  const authenticate = authenticator({ ...options, accessTokens, issuers, principals, roles, keyUse });
  const holder = createHolder({ table, authenticate, refreshTokens, sessions, apiKeys });
  await organisations.ensureDefault();
  await signingKeys.start();
  const domains: Domain[] = [
    signInDomain({ ...options, users, sessions, ownAccount }),
    usersDomain(users, replies),
    groupsDomain(groups, replies),
    rolesDomain(roles, replies),
    apiKeysDomain(apiKeys, replies),
    organisationsDomain(organisations, replies),
    auditDomain(audit),
    tokensDomain(signingKeys, holder),
  ];

  return {
    domains,
    authenticate,
    /** The step that records a change of something else, for the transaction that makes it. */
    record: audit.step,
    unknownOwners: unknownOwners(table),
    users,
    roles,
    organisations,
    apiKeys,
    signingKeys,
    firstUser: createFirstUser(table, users),
    /** What has to be done again and again: the keys that sign. */
    tend: signingKeys.tend,
    /** Waits for what is still being written. */
    close: keyUse.settled,
  };
}
