import supertest from 'supertest';
import type { PasswordCost } from '../../src/adapters/argon2.ts';
import { createMemoryCells } from '../../src/adapters/memory/cells.ts';
import { compose, type Service } from '../../src/compose.ts';
import { readSettings, type Settings } from '../../src/config.ts';
import { type Clock, silentLog } from '../../src/kernel/ports.ts';
import type { Table } from '../../src/table/table.ts';
import { type Conformance, conformanceOf } from './conformance.ts';
import { expectationsFor } from './expectations.ts';
import type { TableFactory } from './tables.ts';

/** As cheap as argon2 goes: tests are about what is done with a hash, not about its price. */
export const CHEAP: PasswordCost = { memory: 16, passes: 1, parallelism: 1 };
export const PASSWORD = 'correct horse battery staple';

export type Api = ReturnType<typeof supertest>;
export type Auth = { readonly Authorization: string };

export interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly expires_in: number;
}

/** The whole service with everything that accounts need, and as many instances of it as a test wants. */
export interface AccountsService {
  readonly api: Api;
  readonly conformance: Conformance;
  readonly table: Table;
  readonly firstUser: Service['firstUser'];
  /** Another instance on the same table and cache. */
  another(env?: Readonly<Record<string, string>>): Promise<Api>;
  close(): Promise<void>;
}

export interface AccountsServiceOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
  /** What stands between the service and its table. */
  readonly around?: (table: Table) => Table;
}

export async function startAccounts(
  factory: TableFactory,
  { env = {}, clock, around = (table) => table }: AccountsServiceOptions = {},
): Promise<AccountsService> {
  const fresh = await factory(clock ? { clock } : {});
  const table = around(fresh.table);
  const ticks = () => performance.now();
  const isShared = fresh.settings?.CACHE === 'memory';
  const cells = isShared ? createMemoryCells({ maxBytes: 1_000_000, ticks }) : undefined;
  const services: Service[] = [];

  const settingsWith = (more: Readonly<Record<string, string>>) =>
    readSettings({ NODE_ENV: 'test', RATE_LIMIT_SIGN_IN: '0', ...fresh.settings, ...env, ...more });

  async function instance(settings: Settings): Promise<Service> {
    const service = await compose(settings, {
      version: '0.0.0',
      log: silentLog,
      env: {},
      table,
      passwordCost: CHEAP,
      ...(cells && { cells }),
      ...(clock && { clock }),
    });
    services.push(service);
    return service;
  }

  const settings = settingsWith({});
  const first = await instance(settings);
  const conformance = conformanceOf(await expectationsFor(settings, first.app), first.app);
  return {
    api: supertest(conformance.listen),
    conformance,
    table,
    firstUser: first.firstUser,
    another: async (more = {}) => supertest((await instance(settingsWith(more))).app),
    async close() {
      for (const service of services) await service.close();
      await fresh.close();
      expect(conformance.violations).toEqual([]);
    },
  };
}

export const bearer = ({ access_token }: Tokens): Auth => ({ Authorization: `Bearer ${access_token}` });

export async function logIn(api: Api, email: string, password = PASSWORD): Promise<Tokens> {
  const { body } = await api.post('/api/v1/auth/login').send({ email, password }).expect(200);
  return body;
}

/** Signs somebody up and in. */
export async function member(api: Api, email: string): Promise<Auth & { uuid: string; tokens: Tokens }> {
  const { body } = await api.post('/api/v1/auth/signup').send({ email, password: PASSWORD }).expect(201);
  const tokens = await logIn(api, email);
  return { ...bearer(tokens), uuid: body.uuid, tokens };
}

/** The first administrator of the default organisation, logged in. */
export async function administrator({ api, firstUser }: AccountsService): Promise<Auth> {
  const { email, password } = (await firstUser.make())!;
  return bearer(await logIn(api, email, password));
}

/** A user that an administrator makes, logged in. */
export async function userOf(
  api: Api,
  admin: Auth,
  input: { email: string; role: string; organisation?: string },
): Promise<Auth & { uuid: string }> {
  const { body } = await api
    .post('/api/v1/users')
    .set(admin)
    .send({ password: PASSWORD, ...input })
    .expect(201);
  return { ...bearer(await logIn(api, input.email)), uuid: body.uuid };
}

/** Headers of one request: supertest takes them as plain names and values. */
export const only = ({ Authorization }: Auth): Auth => ({ Authorization });
