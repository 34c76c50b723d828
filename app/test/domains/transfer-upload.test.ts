import type { RowError } from '../../src/domains/entities/transfer/report.ts';
import { MAX_ROW_BYTES } from '../../src/domains/entities/transfer/row.ts';
import type { Table } from '../../src/table/table.ts';
import { admin, type Registry, registryOver } from '../support/registry.ts';
import { sqliteTable } from '../support/tables.ts';
import { transfersOf, uuidOf } from '../support/transfers.ts';

const TYPE = {
  name: 'city',
  fields: [
    { name: 'name', type: 'string', required: true, unique: true },
    { name: 'population', type: 'integer', indexed: true, min: 0 },
    { name: 'capital', type: 'boolean' },
    { name: 'area', type: 'number' },
    { name: 'names', type: 'array', items: 'string' },
    { name: 'more', type: 'json' },
    { name: 'state', type: 'string', default: 'known' },
  ],
};

let table: Table;
let close: () => Promise<void>;
let registry: Registry;
let transfers: ReturnType<typeof transfersOf>;
beforeEach(async () => {
  ({ table, close } = await sqliteTable());
  registry = registryOver(table, { actor: admin });
  transfers = transfersOf(registry);
  await registry.call('createEntityType', { body: TYPE });
});
afterEach(() => close());

const brief = (errors: readonly RowError[]) =>
  errors.map(({ line, code, pointer }) => [line, code, ...(pointer === undefined ? [] : [pointer])]);
const get = async (n: number) =>
  (await registry.call('getEntity', { params: { type: 'city', uuid: uuidOf(n) } })).body as {
    fields: object;
    tags: string[];
    owners: object;
    version: number;
  };

describe('rows', () => {
  test('are created, with a uuid of their own or the one they bring', async () => {
    const rows = [
      { fields: { name: 'a' } },
      { uuid: uuidOf(1).toUpperCase(), fields: { name: 'b' }, tags: ['x'] },
    ];
    expect(await transfers.uploadRows('city', rows)).toEqual({
      created: 2,
      updated: 0,
      failed: 0,
      errors: [],
    });
    expect(await get(1)).toMatchObject({ fields: { name: 'b', state: 'known' }, tags: ['x'], version: 1 });
    expect(await transfers.entities('city')).toHaveLength(2);
  });

  test('with a uuid that exists replace the parts that they give', async () => {
    const owners = { users: ['u'], groups: [], organisations: [] };
    const first = { uuid: uuidOf(1), fields: { name: 'a', population: 5 }, tags: ['x'], owners };
    await transfers.uploadRows('city', [first]);
    const report = await transfers.uploadRows('city', [
      { uuid: uuidOf(1), fields: { name: 'b' } },
      { uuid: uuidOf(1), tags: ['y'] },
      { uuid: uuidOf(1), owners: { groups: ['g'] } },
    ]);
    expect(report).toEqual({ created: 0, updated: 3, failed: 0, errors: [] });
    expect(await get(1)).toMatchObject({
      fields: { name: 'b', state: 'known' },
      tags: ['y'],
      owners: { users: [], groups: ['g'], organisations: [] },
      version: 4,
    });
  });

  test('that change nothing write nothing', async () => {
    const rows = [{ uuid: uuidOf(1), fields: { name: 'a', state: 'known' }, tags: ['x'] }];
    await transfers.uploadRows('city', rows);
    expect(await transfers.uploadRows('city', rows)).toMatchObject({ updated: 1, failed: 0 });
    expect((await get(1)).version).toBe(1);
  });

  test('that stand one after the other for one uuid are written in order', async () => {
    const rows = Array.from({ length: 50 }, (_, i) => ({
      uuid: uuidOf(i % 3),
      fields: { name: `${i % 3}`, population: i },
    }));
    expect(await transfers.uploadRows('city', rows)).toEqual({
      created: 3,
      updated: 47,
      failed: 0,
      errors: [],
    });
    expect([await get(0), await get(1), await get(2)].map(({ fields }) => fields)).toMatchObject([
      { population: 48 },
      { population: 49 },
      { population: 47 },
    ]);
  });

  test('fail alone, each with all that is wrong with it', async () => {
    const rows = [
      '{"fields":{"name":"a"}}',
      '{"fields":{"population":-1,"wrong":1}}',
      '',
      'no json',
      '[1]',
      '{"fields":{"name":"a"}}',
      '{"name":"b"}',
      '{"fields":[],"tags":"x","owners":{"user":[]},"links":{},"uuid":"1"}',
      '{"fields":{"name":"c"},"links":[{"type":5,"uuid":"x","direction":"up","properties":[]}]}',
      '{"fields":{"name":"d","__proto__":1}}',
      '{"fields":{"name":"e\\u0000"}}',
      '{"fields":{"name":"f"}}',
    ];
    const { created, updated, failed, errors } = await transfers.upload('city', 'ndjson', rows.join('\r\n'));
    expect({ created, updated, failed }).toEqual({ created: 2, updated: 0, failed: 9 });
    expect(brief(errors)).toEqual([
      [2, 'required', '/fields/name'],
      [2, 'too_small', '/fields/population'],
      [2, 'unknown_field', '/fields/wrong'],
      [4, 'malformed_json'],
      [5, 'malformed_json'],
      [6, 'not_unique', '/fields/name'],
      [7, 'unknown_field', '/name'],
      [8, 'invalid_type', '/links'],
      [8, 'invalid_uuid', '/uuid'],
      [8, 'invalid_type', '/fields'],
      [8, 'invalid_type', '/tags'],
      [8, 'unknown_field', '/owners/user'],
      [9, 'not_allowed', '/links/0/direction'],
      [9, 'required', '/links/0/relation'],
      [9, 'invalid_type', '/links/0/type'],
      [9, 'invalid_uuid', '/links/0/uuid'],
      [9, 'invalid_type', '/links/0/properties'],
      [10, 'forbidden_key', '/fields/__proto__'],
      [11, 'invalid_string', '/fields/name'],
    ]);
  });

  test('of a broken encoding or too many bytes fail alone', async () => {
    const row = (name: string) => Buffer.from(`${JSON.stringify({ fields: { name } })}\n`);
    const broken = Buffer.from([...row('x')].map((byte) => (byte === 0x78 ? 0xff : byte)));
    const large = row('y'.repeat(MAX_ROW_BYTES));
    const report = await transfers.upload(
      'city',
      'ndjson',
      Buffer.concat([row('a'), broken, large, row('b')]),
    );
    expect(report).toMatchObject({ created: 2, failed: 2 });
    expect(brief(report.errors)).toEqual([
      [2, 'invalid_utf8'],
      [3, 'row_too_large'],
    ]);
  });

  test('may be preceded by a byte order mark, in chunks of any size', async () => {
    for (const [i, format] of (['ndjson', 'json', 'csv'] as const).entries()) {
      const text = format === 'csv' ? `name\r\nn${i}` : JSON.stringify({ fields: { name: `n${i}` } });
      const body = Buffer.from(`\ufeff${format === 'json' ? `[${text}]` : text}`);
      const stream = (async function* () {
        for (const byte of body) yield new Uint8Array([byte]);
      })();
      expect(await transfers.send('city', format, stream)).toMatchObject({ created: 1, failed: 0 });
    }
  });

  test('that another row is in the way of fail, whichever transaction they shared', async () => {
    await transfers.uploadRows('city', [{ fields: { name: 'taken 7' } }]);
    const rows = Array.from({ length: 500 }, (_, i) => ({ fields: { name: `taken ${i % 400}` } }));
    const report = await transfers.uploadRows('city', rows);
    expect(report).toMatchObject({ created: 399, failed: 101 });
    const lines = [8, ...Array.from({ length: 100 }, (_, i) => 401 + i)];
    expect(brief(report.errors)).toEqual(lines.map((line) => [line, 'not_unique', '/fields/name']));
  });

  test('report at most a thousand errors', async () => {
    const report = await transfers.upload('city', 'ndjson', 'x\n'.repeat(1234));
    expect(report).toMatchObject({ created: 0, failed: 1234, errors_truncated: true });
    expect(report.errors).toHaveLength(1000);
  });

  test('are not repeated in whole by their errors', async () => {
    const name = '\u{1F600}'.repeat(10_000);
    const { errors } = await transfers.uploadRows('city', [
      { [name]: 1 },
      { fields: { name: 'a' }, tags: Array(100).fill('x') },
    ]);
    expect(brief(errors)).toEqual([
      [1, 'unknown_field', expect.any(String)],
      [2, 'too_many_items', '/tags'],
    ]);
    expect(JSON.stringify(errors).length).toBeLessThan(3000);
  });

  test('of an unknown type are a 404', async () => {
    await expect(transfers.uploadRows('town', [])).rejects.toMatchObject({ kind: 'absent' });
  });
});

describe('a JSON array', () => {
  test('numbers its elements', async () => {
    const report = await transfers.upload('city', 'json', '[{"fields":{"name":"a"}},\n\n{},5]');
    expect(report).toMatchObject({ created: 1, failed: 2 });
    expect(brief(report.errors)).toEqual([
      [2, 'required', '/fields/name'],
      [3, 'malformed_json'],
    ]);
  });

  test('may be empty', async () => {
    expect(await transfers.upload('city', 'json', ' [ ] ')).toMatchObject({ created: 0, failed: 0 });
  });

  test.each(['', '{"fields":{"name":"a"}}', '[{"fields":{"name":"a"}}', '[{"fields":{"name":"a"}}]]'])(
    'that is none is refused before anything is written: %s',
    async (text) => {
      const refused = { kind: 'malformed', code: 'malformed_json' };
      await expect(transfers.upload('city', 'json', text)).rejects.toMatchObject(refused);
      expect(await transfers.entities('city')).toEqual([]);
    },
  );

  test('that breaks off after rows were written ends there', async () => {
    const rows = Array.from({ length: 300 }, (_, i) => JSON.stringify({ fields: { name: `${i}` } }));
    const report = await transfers.upload('city', 'json', `[${rows.join(',')},{"fields"`);
    expect(report).toMatchObject({ created: 300, failed: 1 });
    expect(brief(report.errors)).toEqual([[301, 'malformed_json']]);
  });
});

describe('CSV', () => {
  test('is read by the types of the fields', async () => {
    const report = await transfers.upload(
      'city',
      'csv',
      [
        'uuid,area,more,name,capital,population,names,tags,owners,version',
        `${uuidOf(1)},-1.5e3,"{""a"":[1]}","'=SUM(1,2)",TRUE,007,"[""x"",""y""]","a, b","{""users"":[""u""]}",9`,
        `${uuidOf(2)},,5,"line\nbreak",false,,[],"",,`,
        `${uuidOf(3)},0,"""text""","''@",,0,,,,`,
      ].join('\r\n'),
    );
    expect(report).toEqual({ created: 3, updated: 0, failed: 0, errors: [] });
    expect(await get(1)).toMatchObject({
      fields: {
        area: -1500,
        more: { a: [1] },
        name: '=SUM(1,2)',
        capital: true,
        population: 7,
        names: ['x', 'y'],
      },
      tags: ['a', 'b'],
      owners: { users: ['u'] },
      version: 1,
    });
    expect((await get(2)).fields).toEqual({
      more: 5,
      name: 'line\nbreak',
      capital: false,
      names: [],
      state: 'known',
    });
    expect((await get(3)).fields).toEqual({
      area: 0,
      more: 'text',
      name: "'@",
      population: 0,
      state: 'known',
    });
  });

  test('tells no value from an empty text', async () => {
    const rows = [`${uuidOf(1)},a,`, `${uuidOf(2)},b,""`];
    await transfers.upload('city', 'csv', `uuid,name,state\n${rows.join('\n')}\n`);
    expect((await get(1)).fields).toEqual({ name: 'a' });
    expect((await get(2)).fields).toEqual({ name: 'b', state: '' });
  });

  test('changes only the fields that have a column', async () => {
    await transfers.uploadRows('city', [
      { uuid: uuidOf(1), fields: { name: 'a', population: 1, area: 2 }, tags: ['x'] },
    ]);
    const report = await transfers.upload('city', 'csv', `uuid,population,area\n${uuidOf(1)},5,\n`);
    expect(report).toEqual({ created: 0, updated: 1, failed: 0, errors: [] });
    expect(await get(1)).toMatchObject({ fields: { name: 'a', population: 5, state: 'known' }, tags: ['x'] });
    expect((await get(1)).fields).not.toHaveProperty('area');
  });

  test('names the line on which a row begins', async () => {
    const report = await transfers.upload(
      'city',
      'csv',
      'name,population\r\n"a\r\nb",1\r\n\r\n"c\nd",x\r\ne,1,2\r\nf\r\n"g"h,1\r\n,3\r\ni,99999999999999999999\r\nj,""\r\n',
    );
    expect(report).toMatchObject({ created: 1, failed: 7 });
    expect(brief(report.errors)).toEqual([
      [5, 'invalid_type', '/fields/population'],
      [7, 'wrong_column_count'],
      [8, 'wrong_column_count'],
      [9, 'malformed_csv'],
      [10, 'required', '/fields/name'],
      [11, 'number_out_of_range', '/fields/population'],
      [12, 'invalid_type', '/fields/population'],
    ]);
  });

  test('tells every cell that cannot be read', async () => {
    const header = 'uuid,name,names,more,tags,links,owners';
    const report = await transfers.upload(
      'city',
      'csv',
      `${header}\n1,a\u0001,x,"1,2",y,[,{]\n1,a,[],1,y,{},[]\n`,
    );
    expect(brief(report.errors)).toEqual([
      [2, 'invalid_string', '/fields/name'],
      [2, 'malformed_json', '/fields/names'],
      [2, 'malformed_json', '/fields/more'],
      [2, 'malformed_json', '/links'],
      [2, 'malformed_json', '/owners'],
      [3, 'invalid_type', '/links'],
      [3, 'invalid_uuid', '/uuid'],
      [3, 'invalid_type', '/owners'],
    ]);
  });

  test.each([
    ['name,wrong\na,1\n', 'unknown_field'],
    ['name,\na,1\n', 'unknown_field'],
    ['name,name\na,1\n', 'duplicate'],
    ['', 'missing_header'],
    ['"name\na', 'malformed_csv'],
  ])('with the header of %j is refused before any row', async (text, code) => {
    await expect(transfers.upload('city', 'csv', text)).rejects.toMatchObject({ kind: 'malformed', code });
    expect(await transfers.entities('city')).toEqual([]);
  });
});
