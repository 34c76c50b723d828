import type { Table } from '../../src/table/table.ts';
import { onEveryEngine } from '../support/every-engine.ts';
import { type Registry, registryOver } from '../support/registry.ts';
import { type FreshTable, sqliteTable } from '../support/tables.ts';

const UUID = '11111111-1111-4111-8111-111111111111';
const params = { type: 'thing', uuid: UUID };

/** A table that lets something else happen just before one write. */
function interruptible(table: Table): { table: Table; before: (what: () => Promise<unknown>) => void } {
  let interruption: (() => Promise<unknown>) | undefined;
  return {
    before(what) {
      interruption = what;
    },
    table: {
      ...table,
      async write(actions) {
        const happening = interruption;
        interruption = undefined;
        await happening?.();
        return table.write(actions);
      },
    },
  };
}

onEveryEngine('an entity that was deleted and made again under its uuid', (factory) => {
  let fresh: FreshTable;
  let interrupted: ReturnType<typeof interruptible>;
  let slow: Registry;
  let other: Registry;

  beforeEach(async () => {
    fresh = await factory();
    interrupted = interruptible(fresh.table);
    [slow, other] = [registryOver(interrupted.table), registryOver(fresh.table)];
    const fields = [{ name: 'n', type: 'integer', indexed: true }];
    await other.call('createEntityType', { body: { name: 'thing', fields } });
    await make(1);
  });
  afterEach(() => fresh.close());

  const make = (n: number) =>
    other.call('replaceEntity', { params, ifNoneMatch: '*', body: { fields: { n } } });
  const get = async () =>
    (await other.call('getEntity', { params })).body as { fields: object; version: number };
  async function succeed(): Promise<void> {
    await other.call('deleteEntity', { params });
    await new Promise((resolve) => setTimeout(resolve, 2)); // lives are told apart by their birth, in milliseconds
    await make(100);
  }
  const found = async (n: number) =>
    (
      (await other.call('searchEntities', { params: { type: 'thing' }, query: { fields: [`n=${n}`] } }))
        .body as {
        items: unknown[];
      }
    ).items.length;

  test('is not changed by a change that was meant for the one before', async () => {
    const { etag } = await other.call('getEntity', { params });
    interrupted.before(succeed);
    const change = slow.call('changeEntity', { params, ifMatch: etag, body: { fields: { n: 2 } } });
    await expect(change).rejects.toMatchObject({ kind: 'precondition' });
    expect(await get()).toMatchObject({ fields: { n: 100 }, version: 1 });
    expect([await found(1), await found(2), await found(100)]).toEqual([0, 0, 1]);
  });

  test('is found by what an unconditional change made of it, and by nothing of the one before', async () => {
    interrupted.before(succeed);
    await slow.call('changeEntity', { params, body: { fields: { n: 2 } } });
    expect(await get()).toMatchObject({ fields: { n: 2 }, version: 2 });
    expect([await found(1), await found(2), await found(100)]).toEqual([0, 1, 0]);
  });

  test('is not deleted by a deletion that was meant for the one before', async () => {
    const { etag } = await other.call('getEntity', { params });
    interrupted.before(succeed);
    await expect(slow.call('deleteEntity', { params, ifMatch: etag })).rejects.toMatchObject({
      kind: 'precondition',
    });
    expect(await get()).toMatchObject({ fields: { n: 100 } });
  });
});

test('the links of an entity are all read, however short the pages of the store are', async () => {
  const fresh = await sqliteTable();
  const shortPages: Table = {
    ...fresh.table,
    query: (query) => fresh.table.query({ ...query, limit: Math.min(query.limit, 2) }),
  };
  const registry = registryOver(shortPages);
  const links = [{ relation: 'near', to: 'thing', inverse: 'near' }];
  await registry.call('createEntityType', { body: { name: 'thing', links } });
  const make = async (body: object) =>
    ((await registry.call('createEntity', { params: { type: 'thing' }, body })).body as { uuid: string })
      .uuid;
  const hub = await make({});
  for (let n = 0; n < 5; n++) await make({ links: [{ relation: 'near', type: 'thing', uuid: hub }] });
  const { body } = await registry.call('getEntity', { params: { type: 'thing', uuid: hub } });
  expect((body as { links: unknown[] }).links).toHaveLength(5);
  await fresh.close();
});
