import { readFileSync } from 'node:fs';
import { readSettings, type Settings, SettingsError, settingsPage } from '../src/config.ts';

const SAMPLE_KEY = { kty: 'OKP', crv: 'Ed25519', kid: 'sample', d: 'sample', x: 'sample' };
const SAMPLE_ISSUER = {
  issuer: 'https://issuer.example',
  jwks_url: 'http://localhost:8000/keys',
  audience: 'cadastre',
  organisation: 'default',
  role: 'reader',
};

/** For each setting: a good value, what it becomes, and wrong ones. */
const CASES: Record<keyof Settings, { good: string; becomes: unknown; wrong: readonly string[] }> = {
  NODE_ENV: { good: 'test', becomes: 'test', wrong: ['prod', 'Production'] },
  PORT: { good: '0', becomes: 0, wrong: ['-1', '65536', 'http', '3000.5'] },
  HOST: { good: '::1', becomes: '::1', wrong: ['a b', 'http://x'] },
  STORE: { good: 'dynamodb', becomes: 'dynamodb', wrong: ['postgres', 'SQLITE'] },
  SQLITE_PATH: { good: ':memory:', becomes: ':memory:', wrong: [] },
  DYNAMODB_TABLE: { good: 'my-table', becomes: 'my-table', wrong: ['x', 'a table', 'x'.repeat(256)] },
  DYNAMODB_ENDPOINT: { good: 'http://db:8000', becomes: 'http://db:8000', wrong: ['db:8000', 'ftp://db'] },
  AWS_REGION: { good: 'eu-west-1', becomes: 'eu-west-1', wrong: ['europe', 'EU-WEST-1'] },
  CACHE: { good: 'off', becomes: 'off', wrong: ['yes', 'Redis'] },
  CACHE_BYTES: { good: '1000000', becomes: 1_000_000, wrong: ['999999', '64M'] },
  CACHE_STRICT: { good: 'on', becomes: 'on', wrong: ['true'] },
  REDIS_URL: {
    good: 'rediss://user:word@cache:6380/1',
    becomes: 'rediss://user:word@cache:6380/1',
    wrong: ['cache:6379', 'http://cache'],
  },
  REDIS_MODE: { good: 'cluster', becomes: 'cluster', wrong: ['sentinel'] },
  REDIS_CA_FILE: { good: '/etc/ca.pem', becomes: '/etc/ca.pem', wrong: [] },
  DOWNLOAD_BUCKET: { good: 'my-bucket', becomes: 'my-bucket', wrong: ['x', 'My-Bucket', 'a_bucket'] },
  S3_ENDPOINT: {
    good: 'http://files:9000',
    becomes: 'http://files:9000',
    wrong: ['files:9000', 'ftp://files'],
  },
  CHANGE_LOG: { good: 'on', becomes: 'on', wrong: ['yes'] },
  CHANGE_LOG_DAYS: { good: '30', becomes: 30, wrong: ['0', '366', 'week'] },
  CHANGE_STREAM: { good: 'changes', becomes: 'changes', wrong: [] },
  ANONYMOUS_ROLE: { good: 'none', becomes: 'none', wrong: ['root', ''.padEnd(3)] },
  SIGNUP: { good: 'off', becomes: 'off', wrong: ['no'] },
  SIGNUP_ROLE: { good: 'none', becomes: 'none', wrong: ['admin', 'owner'] },
  SESSION_DAYS: { good: '7', becomes: 7, wrong: ['0', '366'] },
  JWT_ISSUER: { good: 'https://registry.example', becomes: 'https://registry.example', wrong: [] },
  JWT_AUDIENCE: { good: 'registry', becomes: 'registry', wrong: [] },
  JWT_ACCESS_SECONDS: { good: '60', becomes: 60, wrong: ['29', '3601'] },
  JWT_PRIVATE_KEYS: {
    good: JSON.stringify({ keys: [SAMPLE_KEY] }),
    becomes: [{ ...SAMPLE_KEY, alg: 'EdDSA', use: 'sig' }],
    wrong: [
      '{',
      '{"keys":[]}',
      JSON.stringify({ keys: [{ ...SAMPLE_KEY, d: undefined }] }),
      JSON.stringify({ keys: [{ ...SAMPLE_KEY, crv: 'Ed448' }] }),
      JSON.stringify({ keys: [SAMPLE_KEY, SAMPLE_KEY] }),
    ],
  },
  JWT_TRUSTED_ISSUERS: {
    good: JSON.stringify([SAMPLE_ISSUER]),
    becomes: [SAMPLE_ISSUER],
    wrong: [
      '[',
      '{}',
      JSON.stringify([{ ...SAMPLE_ISSUER, organisation: 'system' }]),
      JSON.stringify([{ ...SAMPLE_ISSUER, jwks_url: 'http://issuer.example/keys' }]),
      JSON.stringify([{ ...SAMPLE_ISSUER, role: undefined }]),
      JSON.stringify([SAMPLE_ISSUER, SAMPLE_ISSUER]),
      JSON.stringify([{ ...SAMPLE_ISSUER, issuer: 'cadastre' }]),
    ],
  },
  METRICS_TOKEN: { good: 'x'.repeat(16), becomes: 'x'.repeat(16), wrong: ['short'] },
  CURSOR_SECRET: { good: 'x'.repeat(32), becomes: 'x'.repeat(32), wrong: ['secret_too_short'] },
  LOG_LEVEL: { good: 'warn', becomes: 'warn', wrong: ['debug'] },
  DOCS: { good: 'off', becomes: 'off', wrong: ['false', 'yes'] },
  CORS_ORIGINS: {
    good: 'https://a.example, http://localhost:8080',
    becomes: ['https://a.example', 'http://localhost:8080'],
    wrong: ['*', 'a.example', 'https://a.example/', 'https://a.example,,'],
  },
  TRUST_PROXY: { good: '1', becomes: 1, wrong: ['true', '-1', '9'] },
  RATE_LIMIT_ADDRESS: { good: '600', becomes: 600, wrong: ['-1', '1.5', '10000001'] },
  RATE_LIMIT_USER: { good: '0', becomes: 0, wrong: ['many'] },
  RATE_LIMIT_KEY: { good: '1', becomes: 1, wrong: ['-1'] },
  RATE_LIMIT_ORGANISATION: { good: '100000', becomes: 100_000, wrong: ['1e9'] },
  RATE_LIMIT_SIGN_IN: { good: '5', becomes: 5, wrong: ['on'] },
  BODY_MAX_BYTES: { good: '1024', becomes: 1024, wrong: ['0', '1kb'] },
  UPLOAD_MAX_BYTES: { good: '1024', becomes: 1024, wrong: ['0', 'none'] },
  MAX_CONNECTIONS: { good: '10', becomes: 10, wrong: ['0'] },
  HEADERS_TIMEOUT_MS: { good: '5000', becomes: 5000, wrong: ['0', '60001'] },
  REQUEST_TIMEOUT_MS: { good: '5000', becomes: 5000, wrong: ['0', '1s'] },
  UPLOAD_TIMEOUT_MS: { good: '60000', becomes: 60_000, wrong: ['59999'] },
  KEEP_ALIVE_MS: { good: '0', becomes: 0, wrong: ['-1'] },
  DRAIN_MS: { good: '0', becomes: 0, wrong: ['-1', '1.5'] },
  FINISH_MS: { good: '0', becomes: 0, wrong: ['x'] },
};

/** Settings without which others make no sense. */
const COMPANY: Readonly<Record<string, Record<string, string>>> = {
  CHANGE_STREAM: { CHANGE_LOG: 'on', REDIS_URL: 'redis://cache' },
};

const namesOf = (env: Record<string, string>) => {
  try {
    readSettings(env);
    return [];
  } catch (error) {
    return error instanceof SettingsError ? error.names : error;
  }
};

describe.each(Object.entries(CASES))('%s', (name, { good, becomes, wrong }) => {
  test('is read', () => {
    expect(readSettings({ ...COMPANY[name], [name]: good })[name as keyof Settings]).toEqual(becomes);
  });

  test('has its default where it is empty', () => {
    expect(readSettings({ [name]: '' })).toEqual(readSettings({}));
  });

  if (wrong.length > 0) {
    test.each(wrong)('cannot be %s', (value) => {
      expect(namesOf({ [name]: value })).toEqual([name]);
    });
  }
});

test('all that is wrong is told at once, and no value of it', () => {
  expect(namesOf({ PORT: 'x', STORE: 'y', CURSOR_SECRET: 'z' })).toEqual(['PORT', 'STORE', 'CURSOR_SECRET']);
  expect(() => readSettings({ CURSOR_SECRET: 'hush' })).toThrow(/^CURSOR_SECRET is not valid$/);
  expect(() => readSettings({ PORT: 'hush' })).toThrow(/^PORT must be a number$/);
});

test('the cache is chosen by what there is, and never one that could be stale', () => {
  expect(readSettings({}).CACHE).toBe('memory');
  expect(readSettings({ STORE: 'dynamodb' }).CACHE).toBe('off');
  expect(readSettings({ STORE: 'dynamodb', REDIS_URL: 'redis://cache' }).CACHE).toBe('redis');
  expect(readSettings({ CACHE: 'off', REDIS_URL: 'redis://cache' }).CACHE).toBe('off');
  expect(namesOf({ CACHE: 'redis' })).toEqual(['REDIS_URL']);
  expect(namesOf({ CACHE: 'memory', STORE: 'dynamodb' })).toEqual(['CACHE']);
});

test('changes can be relayed only where they are recorded, and to a Redis', () => {
  expect(namesOf({ CHANGE_STREAM: 'changes', REDIS_URL: 'redis://cache' })).toEqual(['CHANGE_LOG']);
  expect(namesOf({ CHANGE_STREAM: 'changes', CHANGE_LOG: 'on' })).toEqual(['REDIS_URL']);
});

test('production is closed to anonymous writers and open to the network; a laptop is the reverse', () => {
  const production = { HOST: '0.0.0.0', ANONYMOUS_ROLE: 'reader', DRAIN_MS: 15_000, KEEP_ALIVE_MS: 75_000 };
  expect(readSettings({ NODE_ENV: 'production' })).toMatchObject(production);
  const laptop = { HOST: '127.0.0.1', ANONYMOUS_ROLE: 'editor', DRAIN_MS: 0, KEEP_ALIVE_MS: 5_000 };
  expect(readSettings({})).toMatchObject(laptop);
});

test('the settings cannot be changed', () => {
  const settings = readSettings({});
  expect(Object.isFrozen(settings)).toBe(true);
  expect(Object.isFrozen(settings.CORS_ORIGINS)).toBe(true);
});

test('the page of the documentation is current', () => {
  const page = readFileSync(new URL('../../docs/settings.md', import.meta.url), 'utf8');
  expect(page).toBe(settingsPage());
  for (const name of Object.keys(CASES)) expect(page).toContain(`\`${name}\``);
});
