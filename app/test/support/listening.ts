import supertest from 'supertest';
import { compose } from '../../src/compose.ts';
import { readSettings } from '../../src/config.ts';
import type { Served } from '../../src/http/server.ts';
import { type Clock, silentLog } from '../../src/kernel/ports.ts';
import { CHEAP } from './accounts.ts';
import type { TableFactory } from './tables.ts';

export interface Listening extends Served {
  readonly api: ReturnType<typeof supertest>;
  /** Makes the first administrator, of the default organisation, and answers the header of their log-in. */
  administrator(): Promise<string>;
  /** The address of another instance on the same table, which stops with the first. */
  another(): Promise<string>;
}

/** The whole service on a port of 127.0.0.1, for tests that speak to it byte by byte. */
export async function startListening(
  factory: TableFactory,
  { env = {}, clock }: { env?: Readonly<Record<string, string>>; clock?: Clock } = {},
): Promise<Listening> {
  const { table, close, settings: edition } = await factory(clock && { clock });
  const settings = readSettings({
    NODE_ENV: 'test',
    PORT: '0',
    HOST: '127.0.0.1',
    RATE_LIMIT_SIGN_IN: '0',
    ...edition,
    ...env,
  });
  const surroundings = { version: '0.0.0', log: silentLog, env: {}, table, passwordCost: CHEAP };
  const stops: (() => Promise<void>)[] = [close];

  async function instance() {
    const service = await compose(settings, { ...surroundings, ...(clock && { clock }) });
    const served = await service.listen();
    stops.unshift(
      () => served.stop(),
      () => service.close(),
    );
    return { ...served, firstUser: service.firstUser };
  }

  const { firstUser, ...served } = await instance();
  const api = supertest(served.url);
  return {
    ...served,
    api,
    async administrator() {
      const { email, password } = (await firstUser.make())!;
      const { body } = await api.post('/api/v1/auth/login').send({ email, password }).expect(200);
      return `Bearer ${body.access_token}`;
    },
    another: async () => (await instance()).url,
    async stop() {
      for (const stop of stops) await stop();
    },
  };
}
