import { manualClock } from '../support/manual-clock.ts';
import { openRaw, requestText, sayRaw } from '../support/raw-http.ts';
import { TOY_PATH } from '../support/toy-domain.ts';
import { startToys, type ToyService } from '../support/toy-service.ts';

describe('a stop', () => {
  test('goes on serving while it drains, finishes what is in flight, and then closes', async () => {
    const clock = manualClock();
    const toys = await startToys({ clock, env: { DRAIN_MS: '15000', FINISH_MS: '15000' } });
    const idle = await openRaw(toys.port);
    idle.write(requestText('GET', '/livez'));
    expect((await idle.answer()).headers.connection).toBe('keep-alive');
    const { slow, release } = await holdRequest(toys);

    const stopped = toys.stop();
    expect(toys.stop()).toBe(stopped);
    const draining = await sayRaw(toys.port, requestText('GET', '/readyz'));
    expect(draining).toMatchObject({ status: 503, headers: { connection: 'close' } });
    expect((await sayRaw(toys.port, requestText('GET', '/livez'))).status).toBe(200);

    await clock.advance(15_000);
    await idle.ended;
    await expect(sayRaw(toys.port, requestText('GET', '/livez'))).rejects.toThrow();
    release();
    expect(await slow.answer()).toMatchObject({ status: 200, headers: { connection: 'close' } });
    await slow.ended;
    await stopped;
    expect(toys.entries.map(({ message }) => message)).toContain('stopped');
  });

  test('cuts what does not finish in time', async () => {
    const clock = manualClock();
    const toys = await startToys({ clock, env: { DRAIN_MS: '0', FINISH_MS: '1000' } });
    const { slow } = await holdRequest(toys);
    const stopped = toys.stop();
    while (!toys.entries.some(({ message }) => message === 'connections cut')) await clock.advance(100);
    await slow.ended;
    await stopped;
    expect(slow.rest()).toBe('');
  });

  test('takes no time when nothing is open', async () => {
    const toys = await startToys({ clock: manualClock() });
    await toys.stop();
  });
});

describe('slow senders', () => {
  test('408 when the headers do not end in time, and nobody else waits', async () => {
    const toys = await startToys({ env: { HEADERS_TIMEOUT_MS: '50' } });
    const slow = await openRaw(toys.port);
    slow.write('GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    await toys.api.get('/livez').expect(200);
    const answer = await slow.answer();
    expect(answer).toMatchObject({ status: 408, headers: { connection: 'close' } });
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'request_timeout', status: 408 });
    slow.socket.end();
    await slow.ended;
    await toys.stop();
  });
});

describe('connections', () => {
  let toys: ToyService;
  beforeEach(async () => {
    toys = await startToys();
  });
  afterEach(() => toys.stop());

  test('carry many requests, pipelined ones in their order', async () => {
    const connection = await openRaw(toys.port);
    connection.write(
      requestText('GET', TOY_PATH) + requestText('GET', '/nothing') + requestText('GET', '/livez'),
    );
    const statuses = [await connection.answer(), await connection.answer(), await connection.answer()];
    expect(statuses.map(({ status }) => status)).toEqual([200, 404, 200]);
    connection.socket.destroy();
  });

  test('are reused after a refusal whose body was read', async () => {
    const connection = await openRaw(toys.port);
    const json = { 'Content-Type': 'application/json' };
    connection.write(requestText('POST', '/api/v1/toys', json, '{"name":'));
    expect((await connection.answer()).status).toBe(400);
    connection.write(requestText('POST', '/api/v1/toys', json, '{"name":"Ball"}'));
    expect((await connection.answer()).status).toBe(201);
    connection.socket.destroy();
  });

  test('never give the answer of garbage to the request before it', async () => {
    const { slow, release } = await holdRequest(toys);
    slow.write('garbage\r\n\r\n');
    await slow.ended;
    expect(slow.rest()).toBe('');
    release();
  });

  test('bring the whole refusal of a body that is still being sent', async () => {
    const connection = await openRaw(toys.port);
    const headers = { 'Content-Type': 'application/json', 'Content-Length': '50000000' };
    connection.write(requestText('POST', '/api/v1/toys', headers));
    const chunk = 'x'.repeat(64 * 1024);
    const sending = setInterval(() => connection.write(chunk), 0);
    const answer = await connection.answer();
    clearInterval(sending);
    expect(answer).toMatchObject({ status: 413, headers: { connection: 'close' } });
    expect(JSON.parse(answer.body).code).toBe('payload_too_large');
    connection.socket.destroy();
  });

  test('400 for chunks that are none, in the middle of a body', async () => {
    const connection = await openRaw(toys.port);
    const headers = { 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' };
    connection.write(requestText('POST', '/api/v1/toys', headers, '2\r\n{"\r\nZZ\r\n'));
    expect(await connection.answer()).toMatchObject({ status: 400, headers: { connection: 'close' } });
    connection.socket.destroy();
    expect(toys.controls.made).toEqual([]);
  });
});

test('connections beyond the limit are dropped', async () => {
  const toys = await startToys({ env: { MAX_CONNECTIONS: '1' } });
  const first = await openRaw(toys.port);
  first.write(requestText('GET', '/livez'));
  await first.answer();
  const second = await openRaw(toys.port);
  await second.ended;
  first.write(requestText('GET', '/livez'));
  expect((await first.answer()).status).toBe(200);
  first.socket.destroy();
  await toys.stop();
});

test('rejects when the port is taken', async () => {
  const toys = await startToys();
  await expect(startToys({ env: { PORT: String(toys.port) } })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await toys.stop();
});

/** A request that a handler holds until it is released. */
async function holdRequest(toys: ToyService) {
  let release = () => {};
  toys.controls.gate = new Promise((resolve) => {
    release = resolve;
  });
  const entered = new Promise<void>((resolve) => {
    toys.controls.entered = resolve;
  });
  const slow = await openRaw(toys.port);
  slow.write(requestText('GET', TOY_PATH));
  await entered;
  return { slow, release };
}
