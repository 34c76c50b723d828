import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { type HttpHandler, HttpRequest } from '@smithy/core/protocols';
import { createHttpHandler } from '../../src/adapters/dynamo/http-handler.ts';

type Answer = (req: IncomingMessage, res: ServerResponse) => void;

const LIMITS = { connections: 2, connectMs: 2_000, requestMs: 5_000, idleMs: 20_000 };
const silent: Answer = () => {};

describe('the HTTP handler of the DynamoDB client', () => {
  let server: Server;
  let handler: HttpHandler;
  let sockets: Socket[];
  let asked: string[];

  async function listen(made: Server): Promise<void> {
    server = made;
    sockets = [];
    server.on('connection', (socket: Socket) => sockets.push(socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
  async function serve(answer: Answer, limits: Partial<typeof LIMITS> = {}): Promise<void> {
    asked = [];
    const http = createServer((req, res) => {
      asked.push(req.url ?? '');
      answer(req, res);
    });
    await listen(http);
    handler = createHttpHandler({ ...LIMITS, ...limits });
  }
  afterEach(async () => {
    handler.destroy?.();
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });

  const ask = (path = '/', protocol = 'http:', port = (server.address() as AddressInfo).port) =>
    handler.handle(
      new HttpRequest({
        method: 'POST',
        protocol,
        hostname: '127.0.0.1',
        port,
        path,
        headers: {},
        body: '{}',
      }),
    );

  test('hands on the whole answer, and uses a connection again', async () => {
    await serve(
      (req, res) => {
        res.setHeader('x-amzn-RequestId', 'sample').write(`${req.method} `);
        setImmediate(() => res.end(req.url));
      },
      { connections: 128 },
    );
    for (const path of ['/a', '/b', '/c', '/d', '/e']) {
      const { response } = await ask(path);
      expect(response).toMatchObject({ statusCode: 200, headers: { 'x-amzn-requestid': 'sample' } });
      expect(String(response.body)).toBe(`POST ${path}`);
    }
    // The next request may come before the one before it has let go of its connection.
    expect(sockets.length).toBeLessThanOrEqual(2);
  });

  test('has no more connections than it may; who waits for one gets it', async () => {
    const held: ServerResponse[] = [];
    await serve((_, res) => void held.push(res));
    const answers = Promise.all([ask(), ask(), ask(), ask(), ask()]);
    for (let answered = 0; answered < 5; ) {
      await new Promise((resolve) => setImmediate(resolve));
      expect(held.length - answered).toBeLessThanOrEqual(LIMITS.connections);
      if (held.length > answered) held[answered++]!.end();
    }
    expect((await answers).map(({ response }) => response.statusCode)).toEqual([200, 200, 200, 200, 200]);
    expect(sockets.length).toBeLessThanOrEqual(LIMITS.connections);
  });

  test('gives up on a server that does not answer, and closes the connection', async () => {
    await serve(silent, { requestMs: 50 });
    const error = await ask().catch((reason) => reason);
    expect(error).toMatchObject({ name: 'TimeoutError', message: 'No answer within 50 ms.' });
    if (!sockets[0]!.closed) await once(sockets[0]!, 'close');
  });

  test('what waited for a connection in vain is never sent', async () => {
    const held: ServerResponse[] = [];
    await serve((_, res) => void held.push(res), { connections: 1, connectMs: 50 });
    const first = ask('/first');
    await expect(ask('/second')).rejects.toMatchObject({
      name: 'TimeoutError',
      message: 'No connection within 50 ms.',
    });
    held[0]!.end();
    await first;
    const third = ask('/third');
    while (held.length < 2) await new Promise((resolve) => setImmediate(resolve));
    held[1]!.end();
    await third;
    expect(asked).toEqual(['/first', '/third']);
  });

  test('gives up on a connection that never stands', async () => {
    handler = createHttpHandler({ ...LIMITS, connectMs: 50 });
    await listen(createTcpServer()); // nobody here speaks TLS
    await expect(ask('/', 'https:')).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  test.each<[string, Answer]>([
    ['a connection that ends instead of an answer', (req) => req.socket.destroy()],
    [
      'half an answer',
      (req, res) => {
        res.setHeader('Content-Length', 100).write('half');
        setImmediate(() => req.socket.end());
      },
    ],
  ])('%s is a network error that the SDK sends again', async (_, answer) => {
    await serve(answer);
    await expect(ask()).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  test('so is a refused connection', async () => {
    await serve(silent);
    const closed = createTcpServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as AddressInfo;
    closed.close();
    await once(closed, 'close');
    await expect(ask('/', 'http:', port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
