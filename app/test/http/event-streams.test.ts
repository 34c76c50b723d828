import { once } from 'node:events';
import type { Role } from '../../src/kernel/actor.ts';
import { silentMeter } from '../../src/kernel/ports.ts';
import { unavailable } from '../../src/table/failures.ts';
import { listenTo, STREAM_HEADERS } from '../support/event-source.ts';
import { eventually } from '../support/eventually.ts';
import { manualClock } from '../support/manual-clock.ts';
import { openRaw, requestText } from '../support/raw-http.ts';
import { FLOOD, TICKS, type Ticks, tickingDomain, WAIT } from '../support/ticking-domain.ts';
import { startToys, type ToyOptions, type ToyService } from '../support/toy-service.ts';

let toys: ToyService;
let ticks: Ticks;
let role: Role;
/** What finding out who asks waits for. */
let gate: Promise<void> | undefined;

async function start(options: ToyOptions = {}): Promise<void> {
  ticks = tickingDomain();
  role = 'reader';
  gate = undefined;
  const authenticate = async () => {
    await gate;
    return { id: 'user:1', organisation: 'default', role };
  };
  toys = await startToys({ authenticate, extra: [ticks.domain], ...options });
}
const listen = async () => {
  const stream = await listenTo(toys.url + TICKS);
  expect(await stream.next()).toEqual({ event: 'start' });
  return stream;
};
/** Lets the server go on until it can write no more. */
const settled = async () => {
  for (let i = 0; i < 500; i++) await new Promise(setImmediate);
};

describe('an event stream', () => {
  beforeEach(() => start());
  afterEach(() => toys.stop());

  test('comes piece by piece, with what every answer has, and counts as one request', async () => {
    const stream = await listen();
    expect(stream).toMatchObject({
      status: 200,
      headers: STREAM_HEADERS,
    });
    for (const n of [1, 2, 3]) {
      ticks.send(`id: ${n}\ndata: tick\n\n`);
      expect(await stream.any()).toEqual({ id: String(n), data: 'tick' });
    }
    ticks.end();
    expect(await stream.any()).toBeUndefined();
    expect(stream.response.complete).toBe(true);
    expect(await toys.logged()).toMatchObject({
      route: TICKS,
      status: 200,
      bytes: 'event: start\n\n'.length + 3 * 'id: 1\ndata: tick\n\n'.length,
      request_id: stream.headers['x-request-id'],
    });
  });

  test('ends with the reason when the caller may not listen any more, and tells nothing before it', async () => {
    const stream = await listen();
    role = 'none';
    ticks.send('data: secret\n\n');
    const last = await stream.any();
    expect(last!.event).toBe('error');
    const problem = { status: 403, code: 'forbidden', request_id: stream.headers['x-request-id'] };
    expect(JSON.parse(last!.data!)).toMatchObject(problem);
    expect(await stream.any()).toBeUndefined();
    expect(ticks.count.over).toBe(1);
    expect(await toys.logged()).toMatchObject({ status: 200, code: 'forbidden' });
    expect(toys.entries.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('ends with the reason when it fails, which is logged', async () => {
    const stream = await listen();
    const error = unavailable(new Error('out of reach'));
    ticks.end(error);
    expect(JSON.parse((await stream.next('error'))!.data!)).toMatchObject({ code: 'store_unavailable' });
    expect(await stream.any()).toBeUndefined();
    expect(toys.entries).toContainEqual(expect.objectContaining({ message: 'request failed', error }));
  });

  test('is over at once for a caller who hangs up', async () => {
    const stream = await listen();
    stream.close();
    expect(await toys.logged()).toMatchObject({ status: 499 });
    await eventually(() => ticks.count.over === 1);
  });

  test('may be hung up on while it is asked whether the caller still may listen', async () => {
    const stream = await listen();
    let open = () => {};
    gate = new Promise((resolve) => {
      open = resolve;
    });
    ticks.send('data: tick\n\n');
    await settled();
    stream.close();
    await toys.logged();
    role = 'none';
    open();
    await eventually(() => ticks.count.over === 1);
    await toys.api.get('/livez').expect(200);
  });

  test('HEAD begins none that goes on', async () => {
    await toys.api.head(TICKS).expect(200).expect('content-type', 'text/event-stream');
    expect(ticks.count).toMatchObject({ begun: 1, over: 1 });
  });

  test('leaves a connection that can be used again', async () => {
    const connection = await openRaw(toys.port);
    connection.write(requestText('GET', TICKS));
    await once(connection.socket, 'data');
    ticks.end();
    expect(await connection.answer()).toMatchObject({ status: 200 });
    connection.write(requestText('GET', '/livez'));
    expect(await connection.answer()).toMatchObject({ status: 200, body: expect.stringContaining('ok') });
    connection.socket.destroy();
  });

  test('ends with its connection for who knows no pieces (HTTP/1.0)', async () => {
    const connection = await openRaw(toys.port);
    connection.write(`GET ${TICKS} HTTP/1.0\r\n\r\n`);
    await once(connection.socket, 'data');
    ticks.end();
    await connection.ended;
    expect(connection.rest()).toMatch(/\r\n\r\nevent: start\n\n$/);
  });
});

describe('a reader of an event stream who is slow', () => {
  afterEach(() => toys.stop());

  test('makes nothing pile up, and gets everything', async () => {
    await start();
    const stream = await listenTo(toys.url + FLOOD);
    await settled();
    const { taken } = ticks.count;
    expect(taken).toBeLessThan(2_000);
    await settled();
    expect(ticks.count.taken).toBe(taken);
    for (let n = 0; n < taken + 100; n++) expect((await stream.any())!.id).toBe(String(n));
    stream.close();
    await eventually(() => ticks.count.over === 1);
  });

  test('is cut after a while, and who has nothing to read is not', async () => {
    await start({ env: { REQUEST_TIMEOUT_MS: '50' } });
    const quiet = await listen();
    const slow = await listenTo(toys.url + FLOOD);
    expect(await toys.logged()).toMatchObject({ status: 499, route: FLOOD });
    slow.close();
    ticks.send('data: tick\n\n');
    expect(await quiet.any()).toEqual({ data: 'tick' });
    ticks.end();
    expect(await quiet.any()).toBeUndefined();
  });
});

describe('a stop', () => {
  test('ends streams and who waits when the draining is over, and waits for none', async () => {
    const clock = manualClock();
    await start({ clock, env: { DRAIN_MS: '15000', FINISH_MS: '15000' } });
    const stream = await listen();
    const slow = await listenTo(toys.url + FLOOD);
    const waiting = fetch(toys.url + WAIT);
    await eventually(() => ticks.count.waiting === 1);
    await settled();

    const stopped = toys.stop();
    const late = await listen();
    expect(late.headers.connection).toBe('close');
    ticks.send('data: tick\n\n');
    expect(await stream.any()).toEqual({ data: 'tick' });
    await clock.advance(15_000);
    expect(await stream.any()).toBeUndefined();
    expect(stream.response.complete).toBe(true);
    expect((await waiting).status).toBe(200);
    await eventually(() => ticks.count.over === 4);
    while (!toys.entries.some(({ message }) => message === 'stopped')) await clock.advance(100);
    await stopped;
    expect(toys.entries.map(({ message }) => message)).not.toContain('connections cut');
    slow.close();
  });
});

describe('time spent waiting', () => {
  afterEach(() => toys.stop());

  test('is no time that the service took', async () => {
    const served: number[] = [];
    const meter = {
      ...silentMeter,
      request: (_m: string, _r: string, _s: number, s: number) => void served.push(s),
    };
    await start({ meter });
    const before = performance.now();
    const stream = await listen();
    const begun = performance.now();
    // Long enough that the whole would be more than what came before it.
    await eventually(() => performance.now() - begun > begun - before);
    ticks.end();
    await stream.any();
    const { ms } = await toys.logged();
    expect(served).toHaveLength(1);
    expect(served[0]! * 1_000).toBeLessThanOrEqual(begun - before);
    expect(ms).toBeGreaterThan(begun - before);
  });
});
