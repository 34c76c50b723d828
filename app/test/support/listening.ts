import supertest from 'supertest';
import { compose } from '../../src/compose.ts';
import { readSettings } from '../../src/config.ts';
import type { Served } from '../../src/http/server.ts';
import { silentLog } from '../../src/kernel/ports.ts';
import type { TableFactory } from './tables.ts';

export interface Listening extends Served {
  /** Makes the first administrator, of the default organisation, and answers the header of their log-in. */
  administrator(): Promise<string>;
}

/** The whole service on a port of 127.0.0.1, for tests that speak to it byte by byte. */
export async function startListening(factory: TableFactory): Promise<Listening> {
  const { table, close, settings: edition } = await factory();
  const settings = readSettings({
    NODE_ENV: 'test',
    PORT: '0',
    HOST: '127.0.0.1',
    RATE_LIMIT_SIGN_IN: '0',
    ...edition,
  });
  const service = await compose(settings, { version: '0.0.0', log: silentLog, env: {}, table });
  const served = await service.listen();
  return {
    ...served,
    async administrator() {
      const { email, password } = (await service.firstUser.make())!;
      const api = supertest(served.url);
      const { body } = await api.post('/api/v1/auth/login').send({ email, password }).expect(200);
      return `Bearer ${body.access_token}`;
    },
    async stop() {
      await served.stop();
      await service.close();
      await close();
    },
  };
}
