import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { isCleanText, parseJson } from '../../src/kernel/json.ts';
import { admin, registryOver } from '../support/registry.ts';
import { sqliteTable } from '../support/tables.ts';
import { type Format, transfersOf, uuidOf } from '../support/transfers.ts';

const FIELDS = [
  { name: 'a_string', type: 'string', indexed: true },
  { name: 'a_text', type: 'text' },
  { name: 'an_integer', type: 'integer', indexed: true },
  { name: 'a_number', type: 'number' },
  { name: 'a_decimal', type: 'decimal', indexed: true },
  { name: 'a_boolean', type: 'boolean' },
  { name: 'a_date', type: 'date' },
  { name: 'a_datetime', type: 'datetime' },
  { name: 'an_email', type: 'email' },
  { name: 'a_url', type: 'url' },
  { name: 'a_uuid', type: 'uuid' },
  { name: 'some_json', type: 'json' },
  { name: 'an_enum', type: 'enum', enum: ['=1+1', 'b'] },
  { name: 'strings', type: 'array', items: 'string' },
  { name: 'integers', type: 'array', items: 'integer' },
  { name: 'usually', type: 'string', default: 'so' },
];
const TYPE = {
  name: 'thing',
  fields: FIELDS,
  links: [
    { relation: 'parent', to: 'thing', inverse: 'children', cardinality: 'many_to_one' },
    { relation: 'near', to: 'thing', inverse: 'near' },
    { relation: 'sees', to: 'thing' },
  ],
};

const piece = fc.oneof(
  fc.constantFrom(
    '=',
    '+',
    '-',
    '@',
    '\t',
    '\r',
    '\n',
    '"',
    "'",
    ',',
    ' ',
    '\\',
    '#',
    '\ufeff',
    'é',
    '😀',
    'null',
  ),
  fc.string({ unit: 'grapheme', maxLength: 3 }),
);
const text = fc
  .array(piece, { maxLength: 5 })
  .map((pieces) => pieces.join(''))
  .filter(isCleanText);
const isKept = (value: unknown) => {
  try {
    return JSON.stringify(parseJson(JSON.stringify([value]))) === JSON.stringify([value]);
  } catch {
    return false;
  }
};
const number = fc
  .oneof(
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom(1e-7, -1.5),
  )
  .filter(isKept);
const day = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
const json = fc.jsonValue({ maxDepth: 3 }).filter((value) => value !== null && isKept(value));

const fields = fc.record(
  {
    a_string: text,
    a_text: text,
    an_integer: fc.maxSafeInteger(),
    a_number: number.filter((value) => value === 0 || (Math.abs(value) > 1e-100 && Math.abs(value) < 1e100)),
    a_decimal: fc.constantFrom('-12.50', '0.10', '-0.5', '12345678901234567890123456789012345678'),
    a_boolean: fc.boolean(),
    a_date: day.map((date) => date.toISOString().slice(0, 10)),
    a_datetime: day.map((date) => date.toISOString()),
    an_email: fc.constantFrom('=cmd@example.com', "'+a@example.com", 'plain@example.com'),
    a_url: fc.webUrl(),
    a_uuid: fc.uuid(),
    some_json: json,
    an_enum: fc.constantFrom('=1+1', 'b'),
    strings: fc.array(text, { maxLength: 3 }),
    integers: fc.array(fc.maxSafeInteger(), { maxLength: 3 }),
    usually: fc.option(text, { nil: null }),
  },
  { requiredKeys: [] },
);
const name = fc.constantFrom('user:1', "'", '=1', '"', 'é');
const owners = fc.record(
  {
    users: fc.uniqueArray(name),
    groups: fc.uniqueArray(name),
    organisations: fc.uniqueArray(name),
  },
  { requiredKeys: [] },
);
const tags = fc.uniqueArray(fc.constantFrom('=sum', '-x', "'@y", 'two words', '"q"', 'é'));
const COUNT = 4;
const link = fc.record({
  relation: fc.constantFrom('parent', 'near', 'sees'),
  from: fc.nat(COUNT - 1),
  to: fc.nat(COUNT - 1),
});
const world = fc.record({
  entities: fc.array(fc.record({ fields, tags, owners }), { minLength: COUNT, maxLength: COUNT }),
  links: fc.array(link, { maxLength: 6 }),
});

test.each<Format>(['ndjson', 'json', 'csv'])(
  'what is downloaded as %s uploads again unchanged',
  async (format) => {
    const { table, close } = await sqliteTable();
    const registry = registryOver(table, { actor: admin });
    await registry.call('createEntityType', { body: TYPE });
    const { upload, uploadRows, download, entities, removeAll } = transfersOf(registry);
    const all = { created: COUNT, updated: 0, failed: 0, errors: [] };
    await fc.assert(
      fc.asyncProperty(world, async (made) => {
        const rows = made.entities.map((entity, i) => ({ uuid: uuidOf(i), ...entity }));
        expect(await uploadRows('thing', rows)).toEqual(all);
        for (const { relation, from, to } of made.links) {
          const body = { relation, type: 'thing', uuid: uuidOf(to), properties: { since: `${from}` } };
          await registry
            .call('createLink', { params: { type: 'thing', uuid: uuidOf(from) }, body })
            .catch((error) => expect(error.code).toMatch(/self_link|already_linked|cardinality/));
        }
        const before = await entities('thing');
        const file = await download('thing', format);
        const versions = await download('thing', 'ndjson');
        expect(await upload('thing', format, file)).toEqual({ ...all, created: 0, updated: COUNT });
        expect(await download('thing', 'ndjson')).toBe(versions);
        await removeAll('thing');
        expect(await upload('thing', format, file)).toEqual(all);
        expect(await entities('thing')).toEqual(before);
        await removeAll('thing');
      }),
      { numRuns: 60 },
    );
    await close();
  },
);

test('a CSV download is RFC 4180 to other programs, and nothing in it is a formula', async () => {
  const { table, close } = await sqliteTable();
  const registry = registryOver(table, { actor: admin });
  await registry.call('createEntityType', { body: TYPE });
  const { uploadRows, download, removeAll } = transfersOf(registry);
  await fc.assert(
    fc.asyncProperty(fields, tags, async (values, list) => {
      await removeAll('thing');
      await uploadRows('thing', [{ uuid: uuidOf(1), fields: values, tags: list }]);
      const file = await download('thing', 'csv');
      const [header, cells, ...none] = parse(file) as string[][];
      expect(none).toEqual([]);
      expect(header).toEqual(['uuid', ...FIELDS.map((field) => field.name), 'tags', 'links', 'owners']);
      const numeric = ['an_integer', 'a_number', 'a_decimal', 'some_json'];
      for (const [i, cell] of cells!.entries()) {
        if (!numeric.includes(header![i]!)) expect(cell).not.toMatch(/^[=+\-@\t\r]/);
      }
    }),
    { numRuns: 60 },
  );
  await close();
});
