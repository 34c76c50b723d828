import supertest from 'supertest';
import { compose } from '../../src/compose.ts';
import { readSettings } from '../../src/config.ts';
import { type Clock, silentLog } from '../../src/kernel/ports.ts';
import { unavailable } from '../../src/table/failures.ts';
import type { Table } from '../../src/table/table.ts';
import { type Conformance, conformanceOf } from './conformance.ts';
import { expectationsFor } from './expectations.ts';
import type { TableFactory } from './tables.ts';

/** The whole service over a fresh table, called over real HTTP on a free port. */
export interface TestService {
  readonly api: ReturnType<typeof supertest>;
  readonly conformance: Conformance;
  /** Makes the first administrator, of the default organisation, and answers the header of their log-in. */
  administrator(): Promise<{ Authorization: string }>;
  /** From now on the store answers nothing. */
  breakStore(): void;
  /** Fails if any answer was not as the API description says. */
  close(): Promise<void>;
}

function breakable(table: Table): { table: Table; break: () => void } {
  let broken = false;
  const guarded = async <T>(call: () => Promise<T>): Promise<T> => {
    if (broken) throw unavailable(new Error('out of reach'));
    return call();
  };
  return {
    break() {
      broken = true;
    },
    table: {
      get: (key) => guarded(() => table.get(key)),
      getMany: (keys) => guarded(() => table.getMany(keys)),
      query: (query) => guarded(() => table.query(query)),
      write: (actions) => guarded(() => table.write(actions)),
      close: () => table.close(),
    },
  };
}

export async function startService(
  factory: TableFactory,
  env: Readonly<Record<string, string>> = {},
  clock?: Clock,
): Promise<TestService> {
  const { table, close, settings: edition } = await factory(clock && { clock });
  const store = breakable(table);
  const settings = readSettings({ NODE_ENV: 'test', ...edition, ...env });
  const surroundings = { version: '0.0.0', log: silentLog, env: {}, table: store.table };
  const service = await compose(settings, { ...surroundings, ...(clock && { clock }) });
  const conformance = conformanceOf(await expectationsFor(settings, service.app), service.app);
  const api = supertest(conformance.listen);
  return {
    api,
    conformance,
    async administrator() {
      const { email, password } = (await service.firstUser.make())!;
      const { body } = await api.post('/api/v1/auth/login').send({ email, password }).expect(200);
      return { Authorization: `Bearer ${body.access_token}` };
    },
    breakStore: store.break,
    async close() {
      await service.close();
      await close();
      expect(conformance.violations).toEqual([]);
    },
  };
}
