import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { unavailable } from '../../src/table/failures.ts';
import type { Table } from '../../src/table/table.ts';
import { registryOver } from '../support/registry.ts';
import { sqliteTable } from '../support/tables.ts';
import { testClock } from '../support/test-clock.ts';
import { chunksOf, type Format, transfersOf, uuidOf } from '../support/transfers.ts';

const TYPE = {
  name: 'city',
  fields: [
    { name: 'name', type: 'string', required: true },
    { name: 'size', type: 'integer', indexed: true },
  ],
  links: [{ relation: 'near', to: 'city', inverse: 'near' }],
};

/** A registry whose store may be told to misbehave. */
async function start(wrap: (table: Table) => Table = (table) => table) {
  const clock = testClock();
  const { table, close } = await sqliteTable({ clock });
  const registry = registryOver(wrap(table), { clock });
  await registry.call('createEntityType', { body: TYPE });
  return { table, close, clock, registry, ...transfersOf(registry) };
}

const row = (n: number) => ({ uuid: uuidOf(n), fields: { name: `"${n}", said ''\n`, size: n } });
const many = (count: number) => Array.from({ length: count }, (_, n) => row(n));
const written = (format: Format, rows: ReturnType<typeof many>) => {
  if (format === 'json') return JSON.stringify(rows);
  if (format === 'ndjson') return rows.map((one) => `${JSON.stringify(one)}\n`).join('');
  const line = ({ uuid, fields }: ReturnType<typeof row>) =>
    `${uuid},"${fields.name.replaceAll('"', '""')}",${fields.size}\r\n`;
  return `uuid,name,size\r\n${rows.map(line).join('')}`;
};

describe('an upload that breaks off', () => {
  test.each<Format>(['ndjson', 'json', 'csv'])('has written only whole rows of %s', async (format) => {
    const rows = many(5);
    const bytes = Buffer.from(written(format, rows));
    const gone = new Error('gone');
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length), fc.integer({ min: 1, max: 100 }), async (length, size) => {
        const { close, send, entities } = await start();
        const stream = (async function* () {
          yield* chunksOf(bytes.subarray(0, length), size);
          throw gone;
        })();
        await expect(send('city', format, stream)).rejects.toBe(gone);
        const fields = (await entities('city')).map((entity) => entity.fields);
        expect(fields).toEqual(rows.slice(0, fields.length).map((one) => one.fields));
        await close();
      }),
      { numRuns: 50 },
    );
  });

  test('has made the links of the rows that came', async () => {
    const { close, send, entities } = await start();
    const links = Array.from({ length: 60 }, (_, n) => ({ relation: 'near', type: 'city', uuid: uuidOf(n) }));
    const text = written('ndjson', many(60)) + JSON.stringify({ ...row(99), links });
    const stream = (async function* () {
      yield* chunksOf(`${text}\n`);
      throw new Error('gone');
    })();
    await expect(send('city', 'ndjson', stream)).rejects.toThrow('gone');
    expect((await entities('city')).at(-1)!.links).toHaveLength(60);
    await close();
  });
});

describe('a store that cannot answer', () => {
  test('is asked again, and no row comes twice', async () => {
    let writes = 0;
    const { close, clock, upload, entities } = await start((table) => ({
      ...table,
      async write(actions) {
        writes += 1;
        if (writes % 3 === 0) throw unavailable(new Error('throttled'));
        await table.write(actions);
        if (writes % 4 === 0) throw unavailable(new Error('the answer was lost'));
      },
    }));
    const rows = many(300).map(({ fields }) => ({ fields }));
    const text = rows.map((one) => JSON.stringify(one)).join('\n');
    expect(await upload('city', 'ndjson', text)).toEqual({ created: 300, updated: 0, failed: 0, errors: [] });
    expect(await entities('city')).toHaveLength(300);
    expect(clock.sleeps.length).toBeGreaterThan(0);
    await close();
  });

  test('in the end fails the upload, which tells what it has done and may be sent again', async () => {
    let left = 5;
    const { close, uploadRows, entities } = await start((table) => ({
      ...table,
      async write(actions) {
        if (actions.length > 5 && --left < 0) throw unavailable(new Error('down'));
        await table.write(actions);
      },
    }));
    const failure = await uploadRows('city', many(1000)).catch((error) => error);
    expect(failure).toMatchObject({ kind: 'unavailable', code: 'store_unavailable', extra: { failed: 0 } });
    expect(failure.extra.created).toBeGreaterThan(0);
    expect(failure.extra.created).toBe((await entities('city')).length);
    left = Number.POSITIVE_INFINITY;
    const { created, updated, failed } = await uploadRows('city', many(1000));
    expect({ all: created + updated, updated, failed }).toEqual({
      all: 1000,
      updated: failure.extra.created,
      failed: 0,
    });
    await close();
  });

  test('with a fault of ours fails the upload too', async () => {
    const fault = new TypeError('a mistake');
    const { close, uploadRows } = await start((table) => ({
      ...table,
      write: (actions) => (actions.length > 2 ? Promise.reject(fault) : table.write(actions)),
    }));
    await expect(uploadRows('city', many(50))).rejects.toBe(fault);
    await close();
  });
});

describe('memory', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const heap = () => {
    collect();
    return process.memoryUsage().heapUsed / 2 ** 20;
  };

  test.each<Format>(['ndjson', 'json', 'csv'])(
    'stays as it is while 20,000 rows of %s go in',
    async (format) => {
      const { close, send } = await start((table) => ({
        ...table,
        write: async (actions) => (actions.length > 50 ? undefined : table.write(actions)),
      }));
      const COUNT = 20_000;
      const levels: number[] = [];
      async function* stream() {
        if (format === 'csv') yield Buffer.from('uuid,name,size\r\n');
        for (let n = 0; n < COUNT; n += 100) {
          const text = written(
            format,
            Array.from({ length: 100 }, (_, i) => row(n + i)),
          );
          if (format === 'csv') yield Buffer.from(text.slice(text.indexOf('\n') + 1));
          else if (format === 'ndjson') yield Buffer.from(text);
          else yield Buffer.from((n === 0 ? '[' : ',') + text.slice(1, -1) + (n + 100 === COUNT ? ']' : ''));
          if (n % 2000 === 0) levels.push(heap());
        }
      }
      expect(await send('city', format, stream())).toMatchObject({ created: COUNT, failed: 0 });
      const [, , early, ...late] = levels;
      expect(Math.max(...late) - early!).toBeLessThan(4);
      await close();
    },
  );
});
