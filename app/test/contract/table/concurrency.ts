import { ConditionFailed } from '../../../src/table/failures.ts';
import type { Table } from '../../../src/table/table.ts';
import type { TableFactory } from '../../support/tables.ts';
import { eachTable, item, keyAt, put } from './fixture.ts';

const WRITERS = 50;
const writers = Array.from({ length: WRITERS }, (_, i) => i);

async function wins(write: Promise<void>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(ConditionFailed);
    return false;
  }
}

/** Adds one under optimistic control, and starts over until it worked. */
async function increment(table: Table): Promise<void> {
  for (;;) {
    const version = (await table.get(keyAt('s')))?.version as number;
    const write = table.write([
      { type: 'update', key: keyAt('s'), add: { version: 1 }, condition: { equals: { version } } },
      { type: 'put', item: item(`log${version}`), condition: { exists: false } },
    ]);
    if (await wins(write)) return;
  }
}

export function concurrencyContract(factory: TableFactory): void {
  describe(`${WRITERS} concurrent writers`, () => {
    const table = eachTable(factory);

    test('only one creates the item', async () => {
      const create = (writer: number) =>
        table().write([{ type: 'put', item: item('s', { writer }), condition: { exists: false } }]);
      const won = await Promise.all(writers.map((writer) => wins(create(writer))));
      expect(won.filter(Boolean)).toHaveLength(1);
      expect(await table().get(keyAt('s'))).toEqual(item('s', { writer: won.indexOf(true) }));
    });

    test('only one of those who read the same version changes it', async () => {
      await table().write(put(item('s', { version: 1 })));
      const change = (writer: number) =>
        table().write([
          { type: 'put', item: item(`by${writer}`) },
          {
            type: 'update',
            key: keyAt('s'),
            set: { writer },
            add: { version: 1 },
            condition: { equals: { version: 1 } },
          },
        ]);
      const won = await Promise.all(writers.map((writer) => wins(change(writer))));
      const winner = won.indexOf(true);
      expect(won.filter(Boolean)).toHaveLength(1);
      expect(await table().get(keyAt('s'))).toEqual(item('s', { version: 2, writer: winner }));
      const { items } = await table().query({ pk: 'p', from: 'by', to: 'bz', limit: WRITERS });
      expect(items.map(({ sk }) => sk)).toEqual([`by${winner}`]);
    });

    test('no addition is lost', async () => {
      await table().write(put(item('s', { n: 0 })));
      const add = () =>
        table().write([{ type: 'update', key: keyAt('s'), add: { n: 1 }, condition: { exists: true } }]);
      await Promise.all(writers.map(add));
      expect(await table().get(keyAt('s'))).toEqual(item('s', { n: WRITERS }));
    });

    test('no increment under optimistic control is lost', async () => {
      await table().write(put(item('s', { version: 0 })));
      await Promise.all(writers.slice(0, 10).map(() => increment(table())));
      expect(await table().get(keyAt('s'))).toEqual(item('s', { version: 10 }));
      expect((await table().query({ pk: 'p', from: 'log', to: 'log~', limit: 20 })).items).toHaveLength(10);
    });
  });
}
