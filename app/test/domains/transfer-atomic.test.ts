import { onEveryEngine } from '../support/every-engine.ts';
import { brokenLinks } from '../support/link-integrity.ts';
import { registryOver } from '../support/registry.ts';
import type { TableFactory } from '../support/tables.ts';
import { transfersOf, uuidOf } from '../support/transfers.ts';

const TYPE = {
  name: 'node',
  fields: [
    { name: 'n', type: 'integer', required: true, unique: true },
    { name: 'note', type: 'string' },
  ],
  links: [
    { relation: 'next', to: 'node', inverse: 'previous', cardinality: 'one_to_one' },
    { relation: 'near', to: 'node', inverse: 'near' },
  ],
};

const node = (n: number, ...links: object[]) => ({ uuid: uuidOf(n), fields: { n }, links });
const to = (relation: string, n: number, more: object = {}) => ({
  relation,
  type: 'node',
  uuid: uuidOf(n),
  ...more,
});

async function start(factory: TableFactory) {
  const { table, close } = await factory();
  const registry = registryOver(table);
  await registry.call('createEntityType', { body: TYPE });
  const { uploadRows, ...transfers } = transfersOf(registry);
  const all = (rows: readonly object[]) => uploadRows('node', rows, { atomic: true });
  return { table, close, all, uploadRows, ...transfers };
}

onEveryEngine('an atomic upload', (factory) => {
  test('writes all rows, linked to each other in any order', async () => {
    const { table, close, all, entities, removeAll, download, upload } = await start(factory);
    const report = await all([
      node(1, to('next', 2), to('near', 3)),
      node(2, to('next', 3), to('near', 1)),
      node(3, to('next', 1), to('near', 1)),
    ]);
    expect(report).toEqual({ created: 3, updated: 0, failed: 0, errors: [] });
    expect(await brokenLinks(table, [1, 2, 3].map(uuidOf))).toEqual([]);
    const before = await entities('node');
    const file = await download('node', 'json');
    await removeAll('node');
    expect(await upload('node', 'json', file, { atomic: true })).toEqual(report);
    expect(await entities('node')).toEqual(before);
    expect(await upload('node', 'json', file, { atomic: true })).toMatchObject({ updated: 3, failed: 0 });
    await close();
  });

  test('changes what is there and links it to what comes', async () => {
    const { table, close, all, entities } = await start(factory);
    await all([node(1), node(2)]);
    const report = await all([
      { uuid: uuidOf(1), fields: { n: 1, note: 'x' }, links: [to('near', 3)] },
      node(3, to('near', 2)),
    ]);
    expect(report).toEqual({ created: 1, updated: 1, failed: 0, errors: [] });
    expect((await entities('node')).map(({ links }) => (links as object[]).length)).toEqual([1, 1, 2]);
    expect(await brokenLinks(table, [1, 2, 3].map(uuidOf))).toEqual([]);
    await close();
  });

  test.each<[string, readonly object[], readonly (readonly unknown[])[]]>([
    ['a broken rule', [node(1), { fields: {} }], [[2, 'required']]],
    ['a taken value', [node(1), { fields: { n: 9 } }], [[2, 'not_unique']]],
    ['a value that stands twice', [node(1), { fields: { n: 1 } }], [[2, 'not_unique']]],
    ['a uuid that stands twice', [node(1), { ...node(1), fields: { n: 2 } }], [[2, 'duplicate']]],
    ['a link to nowhere', [node(1, to('near', 77)), node(2)], [[1, 'unknown_entity']]],
    ['a second only link', [node(1, to('next', 3)), node(2, to('next', 3)), node(3)], [[2, 'cardinality']]],
    ['no object', [node(1), 5 as never], [[2, 'malformed_json']]],
  ])('writes nothing because of %s', async (_what, rows, errors) => {
    const { close, all, entities } = await start(factory);
    await all([node(9)]);
    const report = await all(rows);
    expect(report).toMatchObject({ created: 0, updated: 0, failed: rows.length });
    expect(report.errors.map(({ line, code }) => [line, code])).toEqual(errors);
    expect(await entities('node')).toHaveLength(1);
    await close();
  });

  test('is refused with 413 if it takes more than one transaction', async () => {
    const { close, all, uploadRows, entities } = await start(factory);
    const refused = { kind: 'too_large', code: 'too_many_items' };
    await expect(all(Array.from({ length: 25 }, (_, n) => node(n)))).rejects.toMatchObject(refused);
    await expect(all(Array.from({ length: 100 }, () => ({})))).rejects.toMatchObject(refused);
    expect(
      await uploadRows(
        'node',
        Array.from({ length: 40 }, (_, n) => node(n)),
      ),
    ).toMatchObject({ created: 40 });
    const links = Array.from({ length: 40 }, (_, n) => to('near', n));
    await expect(all([node(50, ...links)])).rejects.toMatchObject(refused);
    expect(await all(Array.from({ length: 24 }, (_, n) => node(60 + n)))).toMatchObject({ created: 24 });
    expect(await entities('node')).toHaveLength(64);
    await close();
  });

  test('of a broken array or an unknown column is refused', async () => {
    const { close, upload, entities } = await start(factory);
    const text = `[${JSON.stringify(node(1))}`;
    await expect(upload('node', 'json', text, { atomic: true })).rejects.toMatchObject({
      code: 'malformed_json',
    });
    await expect(upload('node', 'csv', 'n,x\n1,2\n', { atomic: true })).rejects.toMatchObject({
      code: 'unknown_field',
    });
    expect(await entities('node')).toEqual([]);
    await close();
  });
});
