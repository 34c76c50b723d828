import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFolderFiles } from '../../src/adapters/folder-files.ts';
import type { Failure } from '../../src/kernel/errors.ts';
import type { Files } from '../../src/kernel/files.ts';
import { systemClock } from '../../src/kernel/ports.ts';
import { type Fetched, filesContract } from '../contract/files-contract.ts';

const secret = Buffer.alloc(32, 1);
const STATUS: Readonly<Record<string, number>> = { forbidden: 403, absent: 404 };
const file = { id: 'a.1', name: 'a.csv', contentType: 'text/csv' };

/** Fetches as the route for files does. */
async function fetchFrom(files: Files, url: string): Promise<Fetched> {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const [name, contentType] = [searchParams.get('name')!, searchParams.get('type')!];
  const id = pathname.slice('/files/'.length);
  try {
    const signed = {
      expires: Number(searchParams.get('expires')),
      signature: searchParams.get('signature')!,
    };
    const open = await files.served!.open({ id, name, contentType, ...signed });
    const parts: Uint8Array[] = [];
    if (open.bytes > 0) for await (const part of open.read(0, open.bytes - 1)) parts.push(part);
    const headers = { 'content-disposition': `attachment; filename="${name}"`, 'content-type': contentType };
    return { status: 200, body: Buffer.concat(parts), headers };
  } catch (error) {
    return { status: STATUS[(error as Failure).kind] ?? 500, body: Buffer.alloc(0), headers: {} };
  }
}

describe('files in a folder', () => {
  let folder: string;
  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'files-')), 'below');
  });
  afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

  filesContract(async (clock) => {
    const files = createFolderFiles({ folder, secret, clock });
    return { files, fetch: (url) => fetchFrom(files, url), close: () => files.close() };
  });

  test('are nobody else’s to read, and none lies outside of it', async () => {
    const files = createFolderFiles({ folder, secret, clock: systemClock });
    await files.write(file, (async function* () {})());
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, file.id)).mode & 0o777).toBe(0o600);
    writeFileSync(join(folder, '../secret'), 'x');
    for (const id of ['../secret', '..', '.', '/etc/passwd', '']) {
      const url = await files.link({ ...file, id }, Date.now() + 60_000);
      const link = new URL(url, 'http://localhost').searchParams;
      const signed = { expires: Number(link.get('expires')), signature: link.get('signature')! };
      await expect(files.served!.open({ ...file, id, ...signed })).rejects.toMatchObject({ kind: 'absent' });
    }
  });

  test('go with a folder that is there for a while only', async () => {
    const files = createFolderFiles({ folder, secret, clock: systemClock, isTemporary: true });
    await files.write(file, (async function* () {})());
    await files.close();
    expect(readdirSync(join(folder, '..'))).toEqual([]);
  });

  test('are signed with a secret: another one takes no links', async () => {
    const [one, other] = [secret, Buffer.alloc(32, 2)].map((key) =>
      createFolderFiles({ folder, secret: key, clock: systemClock }),
    );
    await one!.write(file, (async function* () {})());
    const url = await one!.link(file, Date.now() + 60_000);
    expect((await fetchFrom(one!, url)).status).toBe(200);
    expect((await fetchFrom(other!, url)).status).toBe(403);
  });

  test('cannot be stored where there is a file in place of the folder', async () => {
    writeFileSync(folder, '');
    const files = createFolderFiles({ folder, secret, clock: systemClock });
    await expect(files.write(file, (async function* () {})())).rejects.toMatchObject({
      code: 'files_unavailable',
    });
  });
});
