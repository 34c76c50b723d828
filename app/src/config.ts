import Joi from 'joi';
import { CHANGE_SETTINGS, contradictingChanges } from './config-changes.ts';
import { DOWNLOAD_SETTINGS } from './config-downloads.ts';
import { optional, type Setting, setting } from './config-setting.ts';
import { type IssuerSetting, issuerList, OPEN_ROLES, privateKeys } from './config-tokens.ts';
import type { Role } from './kernel/actor.ts';
import type { Jwk } from './kernel/credentials.ts';

const text = Joi.string();
const url = Joi.string().uri({ scheme: ['http', 'https'] });
const bytes = Joi.number().integer().min(1);
const perMinute = Joi.number().integer().min(0).max(10_000_000);
const milliseconds = Joi.number().integer().min(0).max(86_400_000);

/** Every setting of the service. Nothing else reads the environment. */
const TABLE = {
  NODE_ENV: setting<'production' | 'development' | 'test'>(
    text.valid('production', 'development', 'test'),
    'development',
    'Chooses the defaults that differ between production and a developer’s machine.',
  ),
  PORT: setting<number>(Joi.number().port(), 3000, 'Port to listen on; 0 takes a free one.'),
  HOST: setting<string>(
    text.hostname(),
    { production: '0.0.0.0', otherwise: '127.0.0.1' },
    'Address to listen on; outside production only the machine itself can connect.',
  ),
  STORE: setting<'sqlite' | 'dynamodb'>(
    text.valid('sqlite', 'dynamodb'),
    'sqlite',
    'Where records are kept: a file (embedded edition) or a DynamoDB table (distributed edition).',
  ),
  SQLITE_PATH: setting<string>(text, 'data/cadastre.db', 'The SQLite file; `:memory:` keeps nothing.'),
  DYNAMODB_TABLE: setting<string>(
    text.pattern(/^[\w.-]{3,255}$/, 'table name'),
    'cadastre',
    'Name of the DynamoDB table.',
  ),
  DYNAMODB_ENDPOINT: optional<string>(
    url,
    'Address of a DynamoDB-compatible server; absent means AWS itself.',
  ),
  AWS_REGION: optional<string>(
    text.pattern(/^[a-z]{2}(-[a-z]+)+-\d$/, 'region'),
    'Region of the table; `us-east-1` unless said.',
  ),
  CACHE: optional<'memory' | 'redis' | 'off'>(
    text.valid('memory', 'redis', 'off'),
    'Where answers are cached: `memory` with SQLite, `redis` with DynamoDB, `off`; unless said, `redis` where `REDIS_URL` is, else `memory` with SQLite and `off` with DynamoDB.',
  ),
  CACHE_BYTES: setting<number>(
    Joi.number().integer().min(1_000_000),
    67_108_864,
    'Memory for answers in this process: all of them with `CACHE=memory`, those much asked for with `redis`.',
  ),
  CACHE_STRICT: setting<'on' | 'off'>(
    text.valid('on', 'off'),
    'off',
    'Whether a write waits 0.75 s where Redis could not be told of it, so that no reader can miss it even then.',
  ),
  REDIS_URL: optional<string>(
    text.uri({ scheme: ['redis', 'rediss'] }),
    'Address of Redis, `rediss://` with TLS; user, password and database may be part of it.',
    true,
  ),
  REDIS_MODE: setting<'single' | 'cluster'>(
    text.valid('single', 'cluster'),
    'single',
    'Whether `REDIS_URL` leads to one primary or to a node of a cluster.',
  ),
  REDIS_CA_FILE: optional<string>(
    text,
    'File with the certificates to trust for `rediss://`; absent means those of the system.',
  ),
  ...CHANGE_SETTINGS,
  ...DOWNLOAD_SETTINGS,
  ANONYMOUS_ROLE: setting<Role>(
    text.valid('admin', 'editor', 'reader', 'none'),
    { production: 'reader', otherwise: 'editor' },
    'What a caller without credentials may do.',
  ),
  SIGNUP: setting<'on' | 'off'>(
    text.valid('on', 'off'),
    'on',
    'Whether people may make accounts for themselves, in the default organisation.',
  ),
  SIGNUP_ROLE: setting<Exclude<Role, 'admin'>>(
    text.valid(...OPEN_ROLES),
    { production: 'reader', otherwise: 'editor' },
    'The role of those who do.',
  ),
  SESSION_DAYS: setting<number>(
    Joi.number().integer().min(1).max(365),
    30,
    'Days after its last use at which a session ends and a new log-in is needed.',
  ),
  JWT_ISSUER: setting<string>(
    text.max(500),
    'cadastre',
    'What access tokens say of who made them (`iss`); best the address of the service.',
  ),
  JWT_AUDIENCE: setting<string>(
    text.max(500),
    'cadastre',
    'Whom access tokens are for (`aud`); others are refused.',
  ),
  JWT_ACCESS_SECONDS: setting<number>(
    Joi.number().integer().min(30).max(3600),
    600,
    'Seconds for which an access token is good; what its user may do is looked up each time all the same.',
  ),
  JWT_PRIVATE_KEYS: optional<readonly Jwk[]>(
    text.custom(privateKeys),
    'Private keys that sign access tokens, as a JSON key set (Ed25519 or P-256, each with a `kid`); the first signs, all verify. Absent means keys made and changed by the service and kept in the table.',
    true,
  ),
  JWT_TRUSTED_ISSUERS: setting<readonly IssuerSetting[]>(
    text.custom(issuerList),
    Object.freeze([]),
    'Others whose tokens are taken, as a JSON list of `{issuer, jwks_url, audience, organisation, role, role_claim?, roles?}`; see docs/accounts.md.',
  ),
  METRICS_TOKEN: optional<string>(
    text.min(16),
    'Bearer token that `/metrics` demands; absent means that everybody who reaches the service may read it.',
    true,
  ),
  CURSOR_SECRET: optional<string>(
    text.min(32),
    'Key that seals page cursors, the same on every instance; absent means one made once and kept in the table.',
    true,
  ),
  LOG_LEVEL: setting<'error' | 'warn' | 'info'>(
    text.valid('error', 'warn', 'info'),
    'info',
    'Least important level that is logged; requests are logged at `info`.',
  ),
  DOCS: setting<'on' | 'off'>(text.valid('on', 'off'), 'on', 'Whether `/docs` is served.'),
  CORS_ORIGINS: setting<readonly string[]>(
    text.custom(originList),
    Object.freeze([]),
    'Origins whose pages may call the API, separated by commas; none by default.',
  ),
  TRUST_PROXY: setting<number>(
    Joi.number().integer().min(0).max(8),
    0,
    'Number of trusted proxies in front: 1 behind a load balancer. Other `X-Forwarded-For` entries are ignored.',
  ),
  RATE_LIMIT_ADDRESS: setting<number>(
    perMinute,
    { production: 1200, otherwise: 0 },
    'Requests a minute by an address (IPv6: by its first 64 bits) whose callers have not signed in; 0 sets no limit.',
  ),
  RATE_LIMIT_USER: setting<number>(
    perMinute,
    { production: 1200, otherwise: 0 },
    'Requests a minute by a user who has signed in; 0 sets no limit.',
  ),
  RATE_LIMIT_KEY: setting<number>(
    perMinute,
    { production: 6000, otherwise: 0 },
    'Requests a minute with an API key; 0 sets no limit.',
  ),
  RATE_LIMIT_ORGANISATION: setting<number>(
    perMinute,
    { production: 60_000, otherwise: 0 },
    'Requests a minute by all users and API keys of an organisation; 0 sets no limit.',
  ),
  RATE_LIMIT_SIGN_IN: setting<number>(
    perMinute,
    20,
    'Attempts a minute by an address to sign up, log in and the like; 0 sets no limit.',
  ),
  BODY_MAX_BYTES: setting<number>(bytes, 262_144, 'Largest JSON request body.'),
  UPLOAD_MAX_BYTES: setting<number>(bytes, 1_073_741_824, 'Largest streamed upload.'),
  MAX_CONNECTIONS: setting<number>(
    Joi.number().integer().min(1),
    2000,
    'Open connections; further ones are dropped.',
  ),
  HEADERS_TIMEOUT_MS: setting<number>(
    milliseconds.min(1).max(60_000),
    { production: 20_000, otherwise: 10_000 },
    'Time in which all request headers must arrive.',
  ),
  REQUEST_TIMEOUT_MS: setting<number>(
    milliseconds.min(1),
    30_000,
    'Time in which a JSON body must arrive; a connection on which nothing moves twice as long is closed.',
  ),
  UPLOAD_TIMEOUT_MS: setting<number>(
    milliseconds.min(60_000),
    900_000,
    'Time in which a streamed upload must arrive.',
  ),
  KEEP_ALIVE_MS: setting<number>(
    milliseconds,
    { production: 75_000, otherwise: 5_000 },
    'How long an idle connection is kept; longer than the load balancer’s own 60 s, or it answers 502.',
  ),
  DRAIN_MS: setting<number>(
    milliseconds,
    { production: 15_000, otherwise: 0 },
    'After a stop signal: how long to keep serving while the load balancer takes notice.',
  ),
  FINISH_MS: setting<number>(
    milliseconds,
    { production: 15_000, otherwise: 2_000 },
    'After draining: how long requests in flight may take before their connections are cut.',
  ),
} as const;

type Table = typeof TABLE;

/** The parsed settings by name, frozen. */
export type Settings = {
  readonly [Name in keyof Table]: Table[Name] extends Setting<infer T> ? T : never;
};

/** The environment holds values that the service cannot start with. The message never holds a value. */
export class SettingsError extends Error {
  readonly names: readonly string[];

  constructor(problems: readonly { readonly name: string; readonly detail: string }[]) {
    super(problems.map((problem) => problem.detail).join('; '));
    this.name = 'SettingsError';
    this.names = problems.map((problem) => problem.name);
  }
}

/** Reads all settings from an environment. An empty variable counts as absent. Throws `SettingsError`. */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const production = env.NODE_ENV === 'production';
  const values: Record<string, unknown> = {};
  const problems: { name: string; detail: string }[] = [];
  for (const [name, row] of Object.entries<Setting<unknown>>(TABLE)) {
    const given = env[name];
    if (given === undefined || given === '') {
      values[name] = defaultOf(row, production);
      continue;
    }
    const { value, error } = row.schema.label(name).validate(given, { errors: { wrap: { label: false } } });
    if (error) problems.push({ name, detail: row.secret ? `${name} is not valid` : error.message });
    values[name] = value;
  }
  if (problems.length === 0)
    problems.push(...contradictions(values as Settings), ...contradictingChanges(values as Settings));
  if (problems.length > 0) throw new SettingsError(problems);
  values.CACHE ??= values.REDIS_URL !== undefined ? 'redis' : values.STORE === 'sqlite' ? 'memory' : 'off';
  return Object.freeze(values) as Settings;
}

/** Settings that are right one by one and wrong together. */
function contradictions({
  CACHE,
  STORE,
  REDIS_URL,
  JWT_ISSUER,
  JWT_TRUSTED_ISSUERS,
}: Settings): { name: string; detail: string }[] {
  if (CACHE === 'redis' && REDIS_URL === undefined) {
    return [{ name: 'REDIS_URL', detail: 'REDIS_URL is needed with CACHE=redis' }];
  }
  if (JWT_TRUSTED_ISSUERS.some(({ issuer }) => issuer === JWT_ISSUER)) {
    return [
      { name: 'JWT_TRUSTED_ISSUERS', detail: 'JWT_TRUSTED_ISSUERS names the service itself (JWT_ISSUER)' },
    ];
  }
  if (CACHE === 'memory' && STORE === 'dynamodb') {
    return [{ name: 'CACHE', detail: 'CACHE=memory would not see what other instances write to DynamoDB' }];
  }
  return [];
}

/** The settings as a markdown page: docs/settings.md. */
export function settingsPage(): string {
  const rows = Object.entries<Setting<unknown>>(TABLE).map(
    ([name, row]) => `| \`${name}\` | ${allowed(row.schema)} | ${shownDefault(row)} | ${row.about} |`,
  );
  return `${PAGE_HEAD}\n${rows.join('\n')}\n`;
}

const PAGE_HEAD = `# Settings

All settings are environment variables, read once at the start. A wrong value stops the start with the name
of the setting and exit code 78. This page is generated from \`app/src/config.ts\`: after a change there run
\`node src/cli/settings.ts > ../docs/settings.md\` in \`app/\`.

| setting | value | default | what it does |
|---|---|---|---|`;

function defaultOf(row: Setting<unknown>, production: boolean): unknown {
  if (!isSplit(row.fallback)) return row.fallback;
  return production ? row.fallback.production : row.fallback.otherwise;
}

function isSplit(fallback: unknown): fallback is { production: unknown; otherwise: unknown } {
  return typeof fallback === 'object' && fallback !== null && 'production' in fallback;
}

function shownDefault(row: Setting<unknown>): string {
  if (row.secret) return 'none (secret)';
  if (isSplit(row.fallback)) {
    return `\`${row.fallback.production}\` in production, else \`${row.fallback.otherwise}\``;
  }
  const value = String(row.fallback ?? '');
  return value === '' ? 'none' : `\`${value}\``;
}

function allowed(schema: Joi.Schema): string {
  const {
    type,
    allow,
    rules = [],
  } = schema.describe() as Joi.Description & { rules?: { name: string; args?: { limit: number } }[] };
  if (allow) return (allow as string[]).map((value) => `\`${value}\``).join(', ');
  if (type !== 'number') return rules.some((rule) => rule.name === 'uri') ? 'URL' : 'text';
  const bound = (name: string) => rules.findLast((rule) => rule.name === name)?.args?.limit;
  const [min, max] = rules.some((rule) => rule.name === 'port') ? [0, 65_535] : [bound('min'), bound('max')];
  return max === undefined ? `integer from ${min}` : `integer ${min} to ${max}`;
}

function originList(value: string): readonly string[] {
  const origins = value.split(',').map((origin) => origin.trim());
  for (const origin of origins) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) throw new Error('not a list of origins');
  }
  return Object.freeze(origins);
}
