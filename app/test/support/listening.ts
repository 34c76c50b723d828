import { compose } from '../../src/compose.ts';
import { readSettings } from '../../src/config.ts';
import type { Served } from '../../src/http/server.ts';
import { silentLog } from '../../src/kernel/ports.ts';
import type { TableFactory } from './tables.ts';

/** The whole service on a port of 127.0.0.1, for tests that speak to it byte by byte. */
export async function startListening(factory: TableFactory): Promise<Served> {
  const { table, close, settings: edition } = await factory();
  const settings = readSettings({ NODE_ENV: 'test', PORT: '0', HOST: '127.0.0.1', ...edition });
  const service = await compose(settings, { version: '0.0.0', log: silentLog, env: {}, table });
  const served = await service.listen();
  return {
    ...served,
    async stop() {
      await served.stop();
      await service.close();
      await close();
    },
  };
}
