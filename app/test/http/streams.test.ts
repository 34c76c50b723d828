import { once } from 'node:events';
import { request } from 'node:http';
import { openRaw, requestText, sayRaw } from '../support/raw-http.ts';
import { startToys, type ToyService } from '../support/toy-service.ts';

const UPLOAD = '/api/v1/toys/upload';
const CSV = { 'Content-Type': 'text/csv' };
const MEGABYTE = Buffer.alloc(1024 * 1024, 'x');

describe('uploads', () => {
  let toys: ToyService;
  beforeEach(async () => {
    toys = await startToys({ env: { UPLOAD_MAX_BYTES: '268435456' } });
  });
  afterEach(() => toys.stop());

  test('arrive as they are sent, and are never held in whole', async () => {
    const before = process.memoryUsage().rss;
    const upload = request(`${toys.url}${UPLOAD}`, { method: 'POST', headers: CSV });
    for (let i = 0; i < 256; i++) if (!upload.write(MEGABYTE)) await once(upload, 'drain');
    upload.end();
    const [answer] = await once(upload, 'response');
    expect(answer.statusCode).toBe(200);
    answer.resume();
    expect(toys.controls.uploaded).toBe(256 * MEGABYTE.length);
    expect(process.memoryUsage().rss - before).toBeLessThan(208 * MEGABYTE.length);
  });

  test.each(['1.0', '1.1'])('of nothing end at once, over HTTP/%s', async (version) => {
    for (const length of ['', 'Content-Length: 0\r\n']) {
      const head = `POST ${UPLOAD} HTTP/${version}\r\nHost: localhost\r\nContent-Type: text/csv\r\n${length}\r\n`;
      expect(await sayRaw(toys.port, head)).toMatchObject({ status: 200, body: '{"bytes":0}' });
    }
  });

  test('413 by length, before the handler runs', async () => {
    const answer = await sayRaw(
      toys.port,
      requestText('POST', UPLOAD, { ...CSV, 'Content-Length': '268435457' }, 'x'),
    );
    expect(answer.status).toBe(413);
    expect(toys.controls.uploads).toHaveLength(0);
  });

  test('413 in chunks, raised inside the handler', async () => {
    await toys.stop();
    toys = await startToys({ env: { UPLOAD_MAX_BYTES: '10' } });
    const chunked = { ...CSV, 'Transfer-Encoding': 'chunked' };
    const answer = await sayRaw(toys.port, requestText('POST', UPLOAD, chunked, 'b\r\n12345678901\r\n'));
    expect(answer).toMatchObject({ status: 413, headers: { connection: 'close' } });
    await expect(toys.controls.uploads[0]).rejects.toMatchObject({ code: 'payload_too_large' });
  });

  test('that break off fail inside the handler and are logged as 499', async () => {
    const connection = await openRaw(toys.port);
    connection.write(requestText('POST', UPLOAD, { ...CSV, 'Content-Length': '100' }, 'half'));
    while (toys.controls.uploaded === 0) await new Promise(setImmediate);
    connection.socket.destroy();
    await expect(toys.controls.uploads[0]).rejects.toThrow('broke off');
    expect(await toys.logged()).toMatchObject({ status: 499, route: UPLOAD });
    expect(toys.entries.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('wait for 100 Continue, which is not given to what would be refused', async () => {
    const headers = { ...CSV, Expect: '100-continue', 'Content-Length': '4' };
    const connection = await openRaw(toys.port);
    connection.write(requestText('POST', UPLOAD, headers));
    expect((await connection.answer()).status).toBe(100);
    connection.write('four');
    expect(JSON.parse((await connection.answer()).body)).toEqual({ bytes: 4 });
    connection.socket.destroy();
    const refused = await sayRaw(
      toys.port,
      requestText('POST', UPLOAD, { ...headers, 'Content-Type': 'text/html' }),
    );
    expect(refused.status).toBe(415);
  });
});

describe('JSON bodies', () => {
  let toys: ToyService;
  afterEach(() => toys.stop());

  test('that break off never reach a handler and are logged as 499', async () => {
    toys = await startToys();
    const connection = await openRaw(toys.port);
    const headers = { 'Content-Type': 'application/json', 'Content-Length': '100' };
    connection.write(requestText('POST', '/api/v1/toys', headers, '{"name":'));
    connection.socket.destroySoon();
    expect(await toys.logged()).toMatchObject({ status: 499, route: '/api/v1/toys' });
    expect(toys.controls.made).toEqual([]);
  });

  test('408 when they take too long, and nobody else waits', async () => {
    toys = await startToys({ env: { REQUEST_TIMEOUT_MS: '50' } });
    const connection = await openRaw(toys.port);
    const headers = { 'Content-Type': 'application/json', 'Content-Length': '100' };
    connection.write(requestText('POST', '/api/v1/toys', headers, '{'));
    await toys.api.get('/api/v1/toys').expect(200);
    const answer = await connection.answer();
    expect(answer).toMatchObject({ status: 408, headers: { connection: 'close' } });
    expect(JSON.parse(answer.body).code).toBe('request_timeout');
    connection.socket.destroy();
  });
});

describe('downloads', () => {
  let toys: ToyService;
  beforeEach(async () => {
    toys = await startToys();
  });
  afterEach(() => toys.stop());

  test('come whole, in their media type', async () => {
    const answer = await fetch(`${toys.url}/api/v1/toys/download`);
    expect(answer.headers.get('content-type')).toBe('application/x-ndjson');
    expect(await answer.text()).toBe('{"row":0}\n{"row":1}\n{"row":2}\n');
  });

  test('wait for a slow reader, and end when it leaves', async () => {
    toys.controls.rows = 10_000_000;
    const connection = await openRaw(toys.port);
    const before = process.memoryUsage().rss;
    connection.socket.pause();
    connection.write(requestText('GET', '/api/v1/toys/download'));
    await settled();
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * MEGABYTE.length);
    expect(toys.controls.downloadEnded).toBe(false);
    connection.socket.destroy();
    expect(await toys.logged()).toMatchObject({ status: 499, route: '/api/v1/toys/download' });
    while (!toys.controls.downloadEnded) await new Promise(setImmediate);
  });

  test('that fail before their first chunk are a clean problem', async () => {
    const { body, headers } = await toys.api.get('/api/v1/breaks-at-once').expect(503);
    expect(body.code).toBe('store_unavailable');
    expect(headers['retry-after']).toBe('1');
  });

  test('that fail later are broken off and logged as our fault', async () => {
    await expect(toys.api.get('/api/v1/breaks-later')).rejects.toThrow(/aborted|hang up/);
    expect(await toys.logged()).toMatchObject({ status: 500 });
    expect(toys.entries).toContainEqual(
      expect.objectContaining({ level: 'error', error: toys.controls.fault }),
    );
  });
});

/** Lets the server go on until it can write no more. */
async function settled(): Promise<void> {
  for (let i = 0; i < 500; i++) await new Promise(setImmediate);
}
