import { createHash } from 'node:crypto';
import { createArgon2, type PasswordCost } from './adapters/argon2.ts';
import { dynamoClient } from './adapters/dynamo/client.ts';
import { ensureTable } from './adapters/dynamo/ensure-table.ts';
import { createDynamoTable } from './adapters/dynamo/table.ts';
import { createJose } from './adapters/jose.ts';
import { createPromMetrics } from './adapters/prom.ts';
import { createSqliteTable } from './adapters/sqlite/table.ts';
import type { Cells } from './cache/cells.ts';
import { type Cache, composeCache } from './compose-cache.ts';
import { type Changes, composeChanges } from './compose-changes.ts';
import { composeFiles } from './compose-files.ts';
import type { Settings } from './config.ts';
import { type Accounts, type AccountsOptions, createAccounts } from './domains/accounts/index.ts';
import type { Domain } from './domains/domain.ts';
import { flagsDomain } from './domains/flags/index.ts';
import { createFlags } from './domains/flags/service.ts';
import { createDomains } from './domains/index.ts';
import { type Actor, ANONYMOUS, DEFAULT_ORGANISATION } from './kernel/actor.ts';
import { type Clock, type Log, type Meter, systemClock } from './kernel/ports.ts';
import { createCursors, sharedSecret } from './table/cursor.ts';
import type { Table } from './table/table.ts';
import { timed } from './table/timed.ts';

/** What a composition takes from outside the settings; tests bring their own. */
export interface Surroundings {
  readonly version: string;
  readonly log: Log;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
  /** A table to use in place of the one that the settings name; it stays open. */
  readonly table?: Table;
  /** Cells to use in place of those of the cache that the settings name. */
  readonly cells?: Cells;
  /** What a password's hash costs. */
  readonly passwordCost?: PasswordCost;
}

/** Everything below HTTP: the same for the service and for the command line. */
export interface Core {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly metrics: ReturnType<typeof createPromMetrics>;
  /** The store itself, and the table around it whose writes are fenced. */
  readonly store: Table;
  readonly table: Table;
  readonly cache: Cache;
  readonly changes: Changes;
  readonly accounts: Accounts;
  readonly domains: readonly Domain[];
  readonly runtimeTypes: ReturnType<typeof createDomains>['runtimeTypes'];
  readonly resume: () => Promise<void>;
  readonly clearTypes: () => Promise<void>;
  readonly migrating: ReturnType<typeof createDomains>['migrating'];
  readonly downloads: ReturnType<typeof createDomains>['downloads'];
  /** Closes what was opened, in reverse order. */
  close(): Promise<void>;
}

export async function composeCore(settings: Settings, surroundings: Surroundings): Promise<Core> {
  const { log, env, version, clock = systemClock, cells } = surroundings;
  const metrics = createPromMetrics();
  const { meter } = metrics;
  const engine = surroundings.table ?? (await openTable(settings, env, clock, meter));
  const store = timed(engine, meter);
  const changes = await composeChanges({ settings, store, clock, log, meter });
  const cache = await composeCache({ settings, version, table: changes.table, clock, log, meter, cells });
  const { table, makeMemo, settle } = cache;
  const cursors = createCursors(await cursorSecret(settings, table), clock);
  const shared = { table, clock, log, cursors, makeMemo, settle };
  const isTemporary = surroundings.table !== undefined || settings.SQLITE_PATH === ':memory:';
  const files = await composeFiles({ settings, env, table, clock, isTemporary });
  const resources = new Set<string>();
  const flags = createFlags(shared);
  const accounts = await createAccounts({
    ...shared,
    flags,
    ...accountSettings(settings),
    hasher: createArgon2({ ...(surroundings.passwordCost && { cost: surroundings.passwordCost }) }),
    jwts: createJose(),
    resources: () => resources,
  });
  const { unknownOwners } = accounts;
  const { domains, runtimeTypes, resume, migrating, downloads, clearTypes } = createDomains({
    ...shared,
    files,
    unknownOwners,
    feed: changes.feed,
    watch: changes.watch,
  });
  const all = [...domains, flagsDomain(flags, accounts.record), ...accounts.domains];
  for (const resource of resourcesOf(all)) resources.add(resource);
  return {
    settings,
    clock,
    metrics,
    store,
    table,
    cache,
    changes,
    accounts,
    domains: all,
    runtimeTypes,
    resume,
    migrating,
    clearTypes,
    downloads,
    async close() {
      await downloads.stop();
      await files?.close();
      await accounts.close();
      await cache.close();
      if (!surroundings.table) await store.close();
    },
  };
}

function accountSettings(
  settings: Settings,
): Pick<AccountsOptions, 'anonymous' | 'signUp' | 'sessionDays' | 'tokens'> {
  const anonymous: Actor = {
    id: ANONYMOUS,
    organisation: DEFAULT_ORGANISATION,
    role: settings.ANONYMOUS_ROLE,
  };
  return {
    anonymous,
    signUp: { isOpen: settings.SIGNUP === 'on', role: settings.SIGNUP_ROLE },
    sessionDays: settings.SESSION_DAYS,
    tokens: {
      issuer: settings.JWT_ISSUER,
      audience: settings.JWT_AUDIENCE,
      seconds: settings.JWT_ACCESS_SECONDS,
      keys: settings.JWT_PRIVATE_KEYS,
      trusted: settings.JWT_TRUSTED_ISSUERS,
    },
  };
}

/** What permissions are about, as the routes say it; who may change records of others is asked past the routes. */
function resourcesOf(domains: readonly Domain[]): string[] {
  const permissions = domains.flatMap(({ routes }) => routes.map(({ permission }) => permission));
  const named = permissions.filter((one) => one.includes(':'));
  return ['owners', ...named.map((one) => one.slice(0, one.lastIndexOf(':')))];
}

async function openTable(
  settings: Settings,
  env: Surroundings['env'],
  clock: Clock,
  meter: Meter,
): Promise<Table> {
  if (settings.STORE === 'sqlite') return createSqliteTable({ path: settings.SQLITE_PATH, clock, meter });
  const { AWS_REGION: region = 'us-east-1', DYNAMODB_ENDPOINT: endpoint, DYNAMODB_TABLE: name } = settings;
  const client = dynamoClient({ region, endpoint, env });
  // A local engine starts empty; in AWS the table is made by whoever owns the account.
  if (endpoint !== undefined) await ensureTable(client, name);
  return createDynamoTable({ client, name, clock, meter });
}

async function cursorSecret(settings: Settings, table: Table): Promise<Buffer> {
  const { CURSOR_SECRET: given } = settings;
  return given === undefined ? sharedSecret(table, 'cursors') : createHash('sha256').update(given).digest();
}
