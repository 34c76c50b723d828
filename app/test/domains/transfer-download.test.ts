import type { Table } from '../../src/table/table.ts';
import { type Registry, registryOver } from '../support/registry.ts';
import { sqliteTable } from '../support/tables.ts';
import { transfersOf, uuidOf } from '../support/transfers.ts';

const TYPE = {
  name: 'city',
  fields: [
    { name: 'name', type: 'string', indexed: true },
    { name: 'size', type: 'integer', indexed: true },
    { name: 'state', type: 'string', default: 'new' },
  ],
  links: [{ relation: 'near', to: 'city', inverse: 'near' }],
};
const COUNT = 900;

let table: Table;
let close: () => Promise<void>;
let registry: Registry;
let transfers: ReturnType<typeof transfersOf>;
beforeEach(async () => {
  ({ table, close } = await sqliteTable());
  registry = registryOver(table);
  transfers = transfersOf(registry);
  await registry.call('createEntityType', { body: TYPE });
});
afterEach(() => close());

const fill = () =>
  transfers.uploadRows(
    'city',
    Array.from({ length: COUNT }, (_, n) => ({
      uuid: uuidOf(n),
      fields: { name: `c${n % 3}`, size: n },
      tags: n % 2 ? ['odd'] : [],
      links: n === 5 || n === 6 ? [{ relation: 'near', type: 'city', uuid: uuidOf(0) }] : [],
    })),
  );
const uuids = (file: string) => file.match(/0{8}-0000-4000-8000-\d{12}(?=",)/g);
const answer = (query: object) => registry.call('downloadEntities', { params: { type: 'city' }, query });

describe('a download', () => {
  test('holds every entity once, page by page, in the order of creation', async () => {
    await fill();
    const rows = (await transfers.download('city', 'ndjson')).trimEnd().split('\n');
    expect(rows.map((row) => JSON.parse(row).uuid)).toEqual(
      Array.from({ length: COUNT }, (_, n) => uuidOf(n)),
    );
    expect(JSON.parse(rows[0]!)).toMatchObject({ type: 'city', fields: { name: 'c0', size: 0 }, version: 1 });
    expect(JSON.parse(await transfers.download('city', 'json'))).toEqual(rows.map((row) => JSON.parse(row)));
  });

  test('takes the conditions of a search', async () => {
    await fill();
    const sizes = async (query: object) =>
      (await transfers.download('city', 'csv', query))
        .trimEnd()
        .split('\r\n')
        .slice(1)
        .map((line) => Number(line.split(',')[2]));
    expect(await sizes({ fields: ['size<4'], sort: '-size' })).toEqual([3, 2, 1, 0]);
    expect(await sizes({ fields: ['name=c1'], tags: ['odd'], sort: 'size' })).toHaveLength(COUNT / 6);
    expect(await sizes({ links: [uuidOf(0)] })).toEqual([5, 6]);
    expect(await sizes({ uuids: [`${uuidOf(9)},${uuidOf(8)}`] })).toEqual([8, 9]);
    await expect(answer({ fields: ['wrong=1'] })).rejects.toMatchObject({ kind: 'malformed' });
  });

  test('is named after its type, and of the media type of its format', async () => {
    for (const [format, contentType] of [
      ['ndjson', 'application/x-ndjson'],
      ['json', 'application/json'],
      ['csv', 'text/csv; charset=utf-8; header=present'],
    ]) {
      expect(await answer({ format })).toMatchObject({
        status: 200,
        contentType,
        headers: { 'Content-Disposition': `attachment; filename="city.${format}"` },
        next: null,
      });
    }
    expect((await answer({})).contentType).toBe('application/x-ndjson');
  });

  test('of nothing is an empty file of its format', async () => {
    expect(await transfers.download('city', 'ndjson')).toBe('');
    expect(JSON.parse(await transfers.download('city', 'json'))).toEqual([]);
    expect(await transfers.download('city', 'csv')).toBe('uuid,name,size,state,tags,links,owners\r\n');
    await expect(transfers.download('town', 'csv')).rejects.toMatchObject({ kind: 'absent' });
  });

  test('comes in pieces, each of which leads to the next, or from a cursor to the end', async () => {
    await fill();
    const seen: string[] = [];
    let cursor: string | undefined;
    let second: string | undefined;
    do {
      const { stream, next } = await answer({ format: 'csv', limit: 200, ...(cursor ? { cursor } : {}) });
      for await (const part of stream!) seen.push(...(String(part).match(/^0{8}-[-\d]+/gm) ?? []));
      cursor = next ?? undefined;
      second ??= cursor;
    } while (cursor);
    expect(seen).toEqual(Array.from({ length: COUNT }, (_, n) => uuidOf(n)));
    expect(uuids(await transfers.download('city', 'ndjson', { cursor: second }))).toEqual(seen.slice(200));
    await expect(answer({ cursor: second, tags: ['odd'] })).rejects.toMatchObject({ code: 'invalid_cursor' });
  });

  test('says null where a default would otherwise come back', async () => {
    await transfers.uploadRows('city', [{ uuid: uuidOf(1), fields: { state: null } }, { uuid: uuidOf(2) }]);
    const states = (await transfers.entities('city')).map(
      ({ fields }) => (fields as { state: unknown }).state,
    );
    expect(states).toEqual([null, 'new']);
  });

  test('reads no further than its reader does', async () => {
    await fill();
    let entities = 0;
    const counted: Table = {
      ...table,
      getMany(keys) {
        entities += keys.length;
        return table.getMany(keys);
      },
    };
    const read = async (parts: number) => {
      entities = 0;
      const call = { params: { type: 'city' }, query: {} };
      const { stream } = await registryOver(counted).call('downloadEntities', call);
      for await (const _part of stream!) if (--parts === 0) break;
      return entities;
    };
    expect(await read(1)).toBeLessThan(COUNT / 2);
    expect(await read(Number.POSITIVE_INFINITY)).toBeLessThan(COUNT * 1.1);
  });
});
