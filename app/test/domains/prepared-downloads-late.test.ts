import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFolderFiles } from '../../src/adapters/folder-files.ts';
import { createS3Files } from '../../src/adapters/s3-files.ts';
import type { Files } from '../../src/kernel/files.ts';
import { registryOver } from '../support/registry.ts';
import { s3Endpoint, TEST_BUCKET } from '../support/s3-server.ts';
import { dynamoTable, sqliteTable, type TableFactory } from '../support/tables.ts';
import { type TestClock, testClock } from '../support/test-clock.ts';

interface View {
  readonly id: string;
  readonly url?: string;
}

const MINUTE = 60_000;
const secret = Buffer.alloc(32, 1);

const PLACES: [string, TableFactory, (clock: TestClock, folder: string) => Files][] = [
  ['SQLite with a folder', sqliteTable, (clock, folder) => createFolderFiles({ folder, secret, clock })],
  [
    'DynamoDB with a bucket',
    dynamoTable,
    (clock) =>
      createS3Files({ bucket: TEST_BUCKET, region: 'eu-west-1', endpoint: s3Endpoint(), env: {}, clock }),
  ],
];

test.each(PLACES)(
  'an instance that was taken for dead spoils nothing when it comes back, %s',
  async (_name, factory, place) => {
    const clock = testClock(Date.now()); // the bucket goes by the time of the day
    const folder = mkdtempSync(join(tmpdir(), 'downloads-'));
    const { table, close } = await factory({ clock });
    const files = place(clock, folder);
    let thaw = () => {};
    let arrive = () => {};
    const isAt = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const removed: string[] = [];
    const slow: Files = {
      ...files,
      async write(file, pieces) {
        await new Promise<void>((resolve) => {
          thaw = resolve;
          arrive();
        });
        await files.write(file, pieces);
      },
      async remove(id) {
        removed.push(id);
        await files.remove(id);
      },
    };
    const [one, two] = [slow, files].map((at) => registryOver(table, { clock, files: at, memoMs: 0 }));
    await one!.call('createEntityType', { body: { name: 'city' } });
    for (let n = 0; n < 3; n++) await one!.call('createEntity', { params: { type: 'city' }, body: {} });
    const asked = { params: { type: 'city' }, body: { format: 'ndjson' } };
    const { id } = (await one!.call('startDownload', asked)).body as View;
    await isAt;
    clock.advance(MINUTE);
    await two!.downloads.run();
    await two!.downloads.settled();
    const done = (await two!.call('getDownload', { params: { id } })).body as View;
    expect(done).toMatchObject({ state: 'done', progress: { rows: 3 } });
    thaw();
    await one!.downloads.settled();
    expect(removed).toEqual([`${id}.1`]);
    expect(await two!.call('getDownload', { params: { id } })).toMatchObject({ body: { state: 'done' } });
    expect((await textAt(files, done.url!)).trim().split('\n')).toHaveLength(3);
    await files.remove(`${id}.2`);
    await files.close();
    await close();
    rmSync(folder, { recursive: true, force: true });
  },
);

/** Follows a link, to the bucket or as the route for files does. */
async function textAt(files: Files, url: string): Promise<string> {
  if (url.startsWith('http')) return (await fetch(url)).text();
  const { pathname, searchParams: query } = new URL(url, 'http://localhost');
  const [name, contentType, signature] = [query.get('name')!, query.get('type')!, query.get('signature')!];
  const signed = { expires: Number(query.get('expires')), signature };
  const file = await files.served!.open({
    id: pathname.slice('/files/'.length),
    name,
    contentType,
    ...signed,
  });
  let text = '';
  for await (const part of file.read(0, file.bytes - 1)) text += Buffer.from(part);
  return text;
}
