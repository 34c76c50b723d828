import { createHash } from 'node:crypto';
import type { FileRef, Files } from '../../src/kernel/files.ts';
import type { Clock } from '../../src/kernel/ports.ts';

export interface Fetched {
  readonly status: number;
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** A fresh place for files, and how to fetch by a link. */
export interface FilesUnderTest {
  readonly files: Files;
  fetch(url: string): Promise<Fetched>;
  close(): Promise<void>;
}

export interface ShiftedClock extends Clock {
  advance(ms: number): void;
}

const HOUR_MS = 3_600_000;
let count = 0;

const ref = (name = 'city.csv'): FileRef => {
  count += 1;
  return { id: `${process.pid}-${Date.now()}-${count}.1`, name, contentType: 'text/csv; charset=utf-8' };
};

async function* pieces(number: number, bytes: number): AsyncGenerator<Uint8Array> {
  for (let n = 0; n < number; n++) yield Buffer.alloc(bytes, 97 + (n % 26));
}

const digest = (body: Buffer) => createHash('sha256').update(body).digest('hex');

async function gathered(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of content) parts.push(part);
  return Buffer.concat(parts);
}

/** What every place for files does. */
export function filesContract(start: (clock: ShiftedClock) => Promise<FilesUnderTest>): void {
  let clock: ShiftedClock;
  let tested: FilesUnderTest;
  beforeEach(async () => {
    let ahead = 0;
    clock = {
      now: () => Date.now() + ahead,
      sleep: () => Promise.resolve(),
      advance(ms) {
        ahead += ms;
      },
    };
    tested = await start(clock);
  });
  afterEach(() => tested.close());

  test.each([
    ['nothing', 0, 0],
    ['one byte', 1, 1],
    ['more than one part', 400, 64 * 1024],
  ])('gives back %s as it was written, by its name and type', async (_what, number, bytes) => {
    const file = ref();
    await tested.files.write(file, pieces(number, bytes));
    const { status, body, headers } = await tested.fetch(
      await tested.files.link(file, clock.now() + HOUR_MS),
    );
    expect(status).toBe(200);
    expect(body.length).toBe(number * bytes);
    expect(digest(body)).toBe(digest(await gathered(pieces(number, bytes))));
    expect(headers['content-disposition']).toBe('attachment; filename="city.csv"');
    expect(headers['content-type']).toBe(file.contentType);
  });

  test('takes no longer link than was given, and none that was changed', async () => {
    const [one, other] = [ref(), ref()];
    for (const file of [one, other]) await tested.files.write(file, pieces(1, 10));
    const url = await tested.files.link(one, clock.now() + HOUR_MS);
    expect((await tested.fetch(url)).status).toBe(200);
    const changed = [
      url.replace(one.id, other.id),
      url.replace('city.csv', 'town.csv'),
      url.replace(/ignature=..../, 'ignature=0000'),
      url.replace(/(xpires)=\d+/, '$1=99999'),
    ];
    for (const link of changed)
      expect({ link, status: (await tested.fetch(link)).status }).toEqual({ link, status: 403 });
    clock.advance(-2 * HOUR_MS);
    const old = await tested.files.link(one, clock.now() + HOUR_MS);
    clock.advance(2 * HOUR_MS);
    expect((await tested.fetch(old)).status).toBe(403);
  });

  test('removes a file, and what is not there', async () => {
    const file = ref();
    await tested.files.write(file, pieces(1, 10));
    const url = await tested.files.link(file, clock.now() + HOUR_MS);
    for (let n = 0; n < 2; n++) await tested.files.remove(file.id);
    expect((await tested.fetch(url)).status).toBe(404);
  });

  test.each([1, 300])('fails with what comes to it, after %i pieces', async (number) => {
    const file = ref();
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield* pieces(number, 64 * 1024);
      throw new Error('broken');
    }
    await expect(tested.files.write(file, broken())).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'files_unavailable',
    });
    await tested.files.remove(file.id);
    const url = await tested.files.link(file, clock.now() + HOUR_MS);
    expect((await tested.fetch(url)).status).toBe(404);
  });
}
