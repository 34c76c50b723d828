import supertest from 'supertest';
import { compose } from '../../src/compose.ts';
import { readSettings } from '../../src/config.ts';
import { silentLog } from '../../src/kernel/ports.ts';
import type { TableFactory } from './tables.ts';

/** The whole service over a fresh table, called over real HTTP on a free port. */
export interface TestService {
  readonly api: ReturnType<typeof supertest>;
  close(): Promise<void>;
}

export async function startService(
  factory: TableFactory,
  env: Readonly<Record<string, string>> = {},
): Promise<TestService> {
  const { table, close } = await factory();
  const settings = readSettings({ NODE_ENV: 'test', ...env });
  const service = await compose(settings, { version: '0.0.0', log: silentLog, env: {}, table });
  return {
    api: supertest(service.app),
    async close() {
      await service.close();
      await close();
    },
  };
}
