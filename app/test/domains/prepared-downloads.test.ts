import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFolderFiles } from '../../src/adapters/folder-files.ts';
import { fail } from '../../src/kernel/errors.ts';
import type { Files } from '../../src/kernel/files.ts';
import type { Table } from '../../src/table/table.ts';
import { dyingAt } from '../support/dying-table.ts';
import { onEveryEngine } from '../support/every-engine.ts';
import { type Registry, registryOver } from '../support/registry.ts';
import { type TestClock, testClock } from '../support/test-clock.ts';

interface View {
  readonly id: string;
  readonly state: string;
  readonly progress: { readonly rows: number; readonly bytes: number };
  readonly error?: { readonly code: string };
  readonly url?: string;
}

const secret = Buffer.alloc(32, 1);
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** More than two pages of a download, and than two pieces of a file. */
const COUNT = 450;

onEveryEngine('prepared downloads', (factory) => {
  let clock: TestClock;
  let table: Table;
  let close: () => Promise<void>;
  let folder: string;
  let files: Files;
  let registry: Registry;
  beforeEach(async () => {
    clock = testClock();
    ({ table, close } = await factory({ clock }));
    folder = mkdtempSync(join(tmpdir(), 'downloads-'));
    files = createFolderFiles({ folder, secret, clock });
    registry = registryOver(table, { clock, files, memoMs: 0 });
    const fields = [
      { name: 'n', type: 'integer', indexed: true },
      { name: 'text', type: 'text' },
    ];
    await registry.call('createEntityType', { body: { name: 'city', fields } });
    const rows = Array.from({ length: COUNT }, (_, n) => ({ fields: { n, text: 'x'.repeat(200) } }));
    const stream = (async function* () {
      yield Buffer.from(JSON.stringify(rows));
    })();
    const upload = { params: { type: 'city' }, mediaType: 'application/json', stream };
    expect((await registry.call('uploadEntities', upload)).body).toMatchObject({ created: COUNT });
  });
  afterEach(async () => {
    await registry.downloads.settled();
    await close();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = async (from: Registry, body: object = {}): Promise<View> => {
    const call = { params: { type: 'city' }, body: { format: 'ndjson', ...body } };
    return (await from.call('startDownload', call)).body as View;
  };
  const see = async ({ id }: View): Promise<View> =>
    (await registry.call('getDownload', { params: { id } })).body as View;
  const cancel = ({ id }: View) => registry.call('deleteDownload', { params: { id } });
  const dues = async () => (await table.query({ pk: 'system#downloads', limit: 10 })).items;
  const another = (more: { files?: Files; table?: Table } = {}) =>
    registryOver(more.table ?? table, { clock, files, memoMs: 0, ...more });

  async function run(by: Registry): Promise<void> {
    await by.downloads.run();
    await by.downloads.settled();
  }

  /** An instance that stands still when it is about to write, and whether it does. */
  function frozen(): { registry: Registry; isAt: Promise<void> } {
    let arrive: () => void;
    const isAt = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const write = () => {
      arrive();
      return new Promise<void>(() => {});
    };
    return { registry: another({ files: { ...files, write } }), isAt };
  }

  /** Whoever took it up gets no further. */
  async function startOnly(): Promise<View> {
    const { registry: dead, isAt } = frozen();
    const job = await start(dead);
    await isAt;
    return job;
  }

  async function streamed(format: string): Promise<string> {
    const { stream } = await registry.call('downloadEntities', {
      params: { type: 'city' },
      query: { format },
    });
    let text = '';
    for await (const part of stream!) text += part;
    return text;
  }

  const content = () => readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));

  test.each(['ndjson', 'csv', 'json'])('a file of %s says what the stream says', async (format) => {
    const job = await start(registry, { format });
    expect(job.state).toBe('waiting');
    await registry.downloads.settled();
    const text = await streamed(format);
    expect(content()).toEqual([text]);
    expect(await see(job)).toMatchObject({
      state: 'done',
      progress: { rows: COUNT, bytes: Buffer.byteLength(text) },
      url: expect.stringContaining(`name=city.${format}`),
    });
  });

  test('a file holds what meets the search', async () => {
    const job = await start(registry, { fields: [{ field: 'n', op: '<', value: 3 }] });
    await registry.downloads.settled();
    expect((await see(job)).progress.rows).toBe(3);
    expect(
      content()[0]!
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).fields.n)
        .sort(),
    ).toEqual([0, 1, 2]);
    for (const fields of [[{ field: 'm', op: '=', value: 1 }], [{ field: 'text', op: '=', value: 'x' }]]) {
      await expect(start(registry, { fields })).rejects.toMatchObject({ kind: 'malformed' });
    }
  });

  test('tells how far it is while it is at it', async () => {
    const seen: View['progress'][] = [];
    let job: View | undefined;
    const slow: Files = {
      ...files,
      write: (file, pieces) =>
        files.write(
          file,
          (async function* () {
            for await (const piece of pieces) {
              yield piece;
              clock.advance(4_000);
              seen.push((await see(job!)).progress);
            }
          })(),
        ),
    };
    const by = another({ files: slow });
    job = await start(by);
    await by.downloads.settled();
    expect(seen.length).toBeGreaterThan(1);
    expect(seen.at(-1)).toMatchObject({ rows: 400 });
    expect((await see(job)).progress.rows).toBe(COUNT);
  });

  test.each([true, false])(
    'a kill at any write leaves it to another instance (applied: %s)',
    async (applied) => {
      const text = await streamed('ndjson');
      for (let nth = 1; ; nth++) {
        expect(nth).toBeLessThan(10);
        const dying = dyingAt(table, nth, applied);
        const dead = another({ table: dying });
        const made = await start(dead).catch(() => undefined);
        await dead.downloads.settled();
        const { body } = await registry.call('listDownloads', {});
        const job = made ?? (body as { items: View[] }).items[0];
        expect(job !== undefined).toBe(applied || nth > 1);
        clock.advance(MINUTE);
        await run(registry);
        if (job) {
          expect(await see(job)).toMatchObject({ state: 'done', progress: { rows: COUNT } });
          expect(content()).toEqual([text]);
          expect(await dues()).toHaveLength(1);
          await cancel(job);
        }
        expect([content(), await dues()]).toEqual([[], []]);
        if (!dying.isDead) return;
      }
    },
  );

  test('fails when it has killed or failed five instances', async () => {
    const job = await startOnly();
    for (let n = 0; n < 4; n++) {
      clock.advance(MINUTE);
      const { registry: dead, isAt } = frozen();
      await dead.downloads.run();
      await isAt;
    }
    clock.advance(MINUTE);
    await run(registry);
    expect(await see(job)).toMatchObject({ state: 'failed', error: { code: 'unavailable' } });
    expect(content()).toEqual([]);

    let attempts = 0;
    const full: Files = {
      ...files,
      async write() {
        attempts += 1;
        throw fail('unavailable', 'files_unavailable', 'The disk is full.');
      },
    };
    const by = another({ files: full });
    const other = await start(by);
    for (let n = 0; n < 6; n++) {
      await by.downloads.settled();
      clock.advance(MINUTE / 2);
      await by.downloads.run();
    }
    expect(attempts).toBe(5);
    expect(await see(other)).toMatchObject({ state: 'failed', error: { code: 'unavailable' } });
  });

  test('that is cancelled leaves no file, whenever that is', async () => {
    const job = await startOnly();
    await cancel(job);
    await run(registry);
    expect(await see(job)).toMatchObject({ state: 'cancelled' });
    await cancel(job);
    await expect(see(job)).rejects.toMatchObject({ kind: 'absent' });
    expect(await dues()).toEqual([]);

    for (const when of ['first', 'last']) {
      let running: View | undefined;
      const interrupting: Files = {
        ...files,
        async write(file, pieces) {
          if (when === 'first') await cancel(running!);
          clock.advance(4_000);
          await files.write(file, pieces);
          if (when === 'last') await cancel(running!);
        },
      };
      const by = another({ files: interrupting });
      running = await start(by);
      await by.downloads.settled();
      expect(await see(running)).toMatchObject({ state: 'cancelled' });
      expect(content()).toEqual([]);
    }
  });

  test('fails with its type', async () => {
    const deleting: Files = {
      ...files,
      async write(file, pieces) {
        const params = { name: 'city' };
        await registry.call('deleteEntityType', { params, query: { force: true } });
        await files.write(file, pieces);
      },
    };
    const by = another({ files: deleting });
    const job = await start(by);
    await by.downloads.settled();
    expect(await see(job)).toMatchObject({ state: 'failed', error: { code: 'not_found' } });
    expect(content()).toEqual([]);
  });

  test('goes on at once elsewhere when an instance stops', async () => {
    let stopped: Promise<void> | undefined;
    const stopping: Files = {
      ...files,
      async write(file, pieces) {
        stopped = by.downloads.stop();
        await files.write(file, pieces);
      },
    };
    const by = another({ files: stopping });
    const job = await start(by);
    await by.downloads.settled();
    await stopped;
    expect(await see(job)).toMatchObject({ state: 'waiting' });
    expect(content()).toEqual([]);
    await run(registry);
    expect(await see(job)).toMatchObject({ state: 'done' });
    expect(content()).toHaveLength(1);
  });

  test('is gone after a day, with its file and every trace', async () => {
    const job = await start(registry);
    await registry.downloads.settled();
    clock.advance(DAY - 1000);
    await run(registry);
    expect([(await see(job)).state, content().length]).toEqual(['done', 1]);
    clock.advance(2_000);
    await run(registry);
    await expect(see(job)).rejects.toMatchObject({ kind: 'absent' });
    expect([content(), await dues()]).toEqual([[], []]);
    expect((await table.query({ pk: 'default#downloads', limit: 10 })).items).toEqual([]);
  });

  test('there are 20 of a caller at a time', async () => {
    for (let n = 0; n < 20; n++) await start(registry, { uuids: [] });
    await expect(start(registry)).rejects.toMatchObject({ kind: 'conflict', code: 'too_many_downloads' });
    await registry.downloads.settled();
    const { body } = await registry.call('listDownloads', { query: { limit: 15 } });
    const { items, next_cursor } = body as { items: View[]; next_cursor: string };
    expect(items).toHaveLength(15);
    const second = await registry.call('listDownloads', { query: { limit: 15, cursor: next_cursor } });
    expect((second.body as { items: View[] }).items).toHaveLength(5);
    await cancel(items[0]!);
    await cancel(items[0]!).catch(() => {});
    await start(registry, { uuids: [] });
  });
});
