import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { TcpFault } from './support/tcp-lane.ts';
import { startTcpProxy, type TcpProxy } from './support/tcp-proxy.ts';

/** A client that keeps what it hears. */
interface Client {
  readonly socket: Socket;
  /** Resolves when so much text has come in. */
  heard(length: number): Promise<string>;
  /** How the connection ended. */
  readonly over: Promise<string>;
}

let upstream: Server;
let proxy: TcpProxy;
let served: Socket[];
let clients: Socket[];

beforeEach(async () => {
  served = [];
  clients = [];
  upstream = await listenEchoing('');
  proxy = await startTcpProxy(portOf(upstream));
});
afterEach(async () => {
  for (const socket of [...clients, ...served]) socket.destroy();
  await proxy.close();
  upstream.close();
});

async function listenEchoing(prefix: string): Promise<Server> {
  const server = createServer((socket) => {
    served.push(socket);
    socket.on('error', () => {}).on('data', (bytes) => socket.write(prefix + bytes));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function open(): Client {
  const socket = connect({ port: proxy.port, host: '127.0.0.1', noDelay: true });
  clients.push(socket);
  let text = '';
  let ended = 'end';
  socket.on('error', (error: NodeJS.ErrnoException) => {
    ended = error.code ?? '';
  });
  socket.on('data', (bytes) => {
    text += bytes;
  });
  const over = new Promise<string>((resolve) => socket.once('close', () => resolve(ended)));
  async function heard(length: number): Promise<string> {
    while (text.length < length) await once(socket, 'data');
    return text;
  }
  return { socket, heard, over };
}

/** A client whose connection has carried its first word. */
async function talking(): Promise<Client> {
  const client = open();
  client.socket.write('hello ');
  await client.heard(6);
  return client;
}

/** Nothing that was on its way within this machine is on its way any more. */
async function settled(): Promise<void> {
  const other = await startTcpProxy(portOf(upstream));
  const socket = connect(other.port, '127.0.0.1');
  socket.write('x');
  await once(socket, 'data');
  socket.destroy();
  await other.close();
}

test('forwards both ways, and the end of a connection', async () => {
  const client = await talking();
  expect(proxy.connections()).toBe(1);
  client.socket.end('world');
  expect(await client.heard(11)).toBe('hello world');
  expect(await client.over).toBe('end');
  await settled();
  expect(proxy.connections()).toBe(0);
});

test.each<[string, TcpFault]>([
  ['byte by byte', 'trickle'],
  ['with delay and jitter', { ms: 1, jitterMs: 10 }],
  ['slowly', { bytesPerSecond: 20_000 }],
])('keeps the order of bytes %s', async (_, fault) => {
  const { socket, heard } = await talking();
  proxy.setFault(fault);
  const words = Array.from({ length: 100 }, (_, index) => `${index} `);
  for (const word of words) {
    socket.write(word);
    await new Promise(setImmediate);
  }
  expect(await heard(6 + words.join('').length)).toBe(`hello ${words.join('')}`);
});

test('delays each way', async () => {
  const { socket, heard } = await talking();
  proxy.setFault({ ms: 30 });
  const start = performance.now();
  socket.write('a');
  await heard(7);
  expect(performance.now() - start).toBeGreaterThanOrEqual(60);
});

test('keeps to a bandwidth', async () => {
  const { socket, heard } = await talking();
  proxy.setFault({ bytesPerSecond: 100_000 });
  const start = performance.now();
  socket.write('a'.repeat(20_000));
  await heard(20_006);
  expect(performance.now() - start).toBeGreaterThanOrEqual(150);
});

test('a black hole keeps everything for later, on open and on new connections', async () => {
  const old = await talking();
  proxy.setFault('blackhole');
  const young = open();
  old.socket.write('one');
  young.socket.end('two');
  await settled();
  expect(await old.heard(6)).toBe('hello ');
  expect(await young.heard(0)).toBe('');
  expect(proxy.connections()).toBe(2);
  proxy.setFault();
  expect(await old.heard(9)).toBe('hello one');
  expect(await young.heard(3)).toBe('two');
  expect(await young.over).toBe('end');
});

test.each([
  ['requests', 'blackhole-requests', ''],
  ['replies', 'blackhole-replies', 'one'],
] as const)('a black hole for %s lets the other way through', async (_, fault, arrived) => {
  const { socket, heard } = await talking();
  let received = '';
  served[0]!.on('data', (bytes) => {
    received += bytes;
  });
  proxy.setFault(fault);
  socket.write('one');
  served[0]!.write('news ');
  await settled();
  expect(received).toBe(arrived);
  expect(await heard(6)).toBe(fault === 'blackhole-requests' ? 'hello news ' : 'hello ');
  proxy.setFault();
  expect(await heard(14)).toMatch(/^hello news one$/);
});

test('refuses new connections and cuts open ones', async () => {
  const old = await talking();
  proxy.setFault('refuse');
  expect(await old.over).toBe('ECONNRESET');
  expect(await open().over).toBe('ECONNRESET');
  proxy.setFault();
  await talking();
});

test('resets in the middle of a reply', async () => {
  const { socket, heard, over } = await talking();
  proxy.setFault('reset-mid-reply');
  socket.write('12345678');
  expect(await over).toBe('ECONNRESET');
  expect(await heard(0)).toBe('hello 1234');
});

test('drops connections, and leads new ones elsewhere', async () => {
  const first = await talking();
  proxy.dropAll();
  expect(await first.over).toBe('ECONNRESET');
  const other = await listenEchoing('other ');
  proxy.pointTo(portOf(other));
  const { socket, heard } = open();
  socket.write('one');
  expect(await heard(9)).toBe('other one');
  other.close();
});

test('a server that is not there resets', async () => {
  proxy.pointTo(1);
  expect(await open().over).toBe('ECONNRESET');
});
