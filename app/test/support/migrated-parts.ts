import type { EntityView } from '../../src/domains/entities/model.ts';
import type { Table } from '../../src/table/table.ts';
import { type Registry, registryOver } from './registry.ts';
import type { TableFactory } from './tables.ts';
import { type TestClock, testClock } from './test-clock.ts';

export const SETTLED_MS = 60_000;
export const params = { type: 'part', name: 'part' };

export interface MigrationView {
  id: string;
  state: string;
  progress: {
    total: number;
    looked_at: number;
    changed: number;
    failed: number;
    failures: { uuid: string }[];
  };
}

/** A registry over a fresh table with a type whose numbers were once entered as texts. */
export async function parts(factory: TableFactory) {
  const clock = testClock();
  const { table, close } = await factory({ clock });
  const open = (over: Table = table) => registryOver(over, { clock, memoMs: 1_000 });
  const registry = open();
  await registry.call('createEntityType', {
    body: {
      name: 'part',
      fields: [
        { name: 'size', type: 'string', indexed: true },
        { name: 'note', type: 'string' },
      ],
    },
  });
  return { clock, table, close, registry, open };
}

export async function make(registry: Registry, fields: object): Promise<string> {
  const { body } = await registry.call('createEntity', { params, body: { fields } });
  return (body as EntityView).uuid;
}

export const start = async (
  registry: Registry,
  change: object,
  more: object = {},
): Promise<MigrationView> => {
  const { body } = await registry.call('startMigration', {
    params,
    body: { fields: [{ name: 'size', ...change }], ...more },
  });
  return body as MigrationView;
};
export const see = async (registry: Registry, id: string): Promise<MigrationView> =>
  (await registry.call('getMigration', { params: { ...params, id } })).body as MigrationView;
export const steer = (registry: Registry, action: string, id: string) =>
  registry.call(`${action}Migration`, { params: { ...params, id } });
export const read = async (registry: Registry, uuid: string) =>
  (await registry.call('getEntity', { params: { ...params, uuid } })) as { body: EntityView; etag: string };
export const change = (registry: Registry, uuid: string, fields: object) =>
  registry.call('changeEntity', {
    params: { ...params, uuid },
    mediaType: 'application/json',
    body: { fields },
  });
export const search = async (registry: Registry, query: object): Promise<unknown[]> => {
  const { body } = await registry.call('searchEntities', { params, query });
  return (body as { items: EntityView[] }).items.map(({ fields }) => fields.size);
};

/** Lets everything be done that is due once an older definition is forgotten everywhere. */
export async function settle(registry: Registry, clock: TestClock): Promise<void> {
  clock.advance(SETTLED_MS);
  await registry.migrate();
}

/** Everything that is stored of the type, apart from the definition and the records of migrations. */
export async function stored(table: Table, fieldIds: readonly string[], uuids: readonly string[]) {
  const partitions = [
    'default#type#part#all',
    ...fieldIds.map((id) => `default#type#part#field#${id}`),
    ...uuids.map((uuid) => `default#entity#${uuid}`),
  ];
  const pages = await Promise.all(partitions.map((pk) => table.query({ pk, limit: 1000 })));
  return pages.flatMap(({ items }) =>
    items.map(({ pk, sk, fields }) => ({ pk, sk, ...(fields && { fields }) })),
  );
}
