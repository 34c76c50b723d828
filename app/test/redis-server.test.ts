import { existsSync } from 'node:fs';
import { connect as connectTls } from 'node:tls';
import { Cluster, Redis } from 'ioredis';
import { startRedisCluster } from './support/redis-cluster.ts';
import { redisBinary } from './support/redis-process.ts';
import { type RedisServer, type RedisServerOptions, redisUrl, startRedis } from './support/redis-server.ts';

const servers: RedisServer[] = [];

afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));

async function start(options: RedisServerOptions = {}): Promise<RedisServer> {
  const server = await startRedis(options);
  servers.push(server);
  return server;
}

test('the run has a server', async () => {
  const client = new Redis(redisUrl(), { lazyConnect: true, retryStrategy: () => null });
  client.on('error', () => {});
  await client.connect();
  expect(await client.ping()).toBe('PONG');
  await client.quit();
});

test('a missing server says what to install', () => {
  expect(() => redisBinary(['/nowhere/redis-server'])).toThrow(/Install the package redis-tools/);
});

test('a server that cannot start says why', async () => {
  await expect(startRedis({ config: { nonsense: 'yes' } })).rejects.toThrow(/Bad directive/);
});

test('a killed server starts again on its port, empty', async () => {
  const first = await start();
  await first.command('SET', 'a', '1');
  await first.kill();
  await expect(first.command('GET', 'a')).rejects.toThrow(/closed|ECONNREFUSED/);
  const second = await start({ port: first.port, dir: first.dir });
  expect(second.url).toBe(first.url);
  expect(second.pid).not.toBe(first.pid);
  expect(await second.command('GET', 'a')).toBeNull();
});

test('a killed server starts again with what it had saved', async () => {
  const first = await start();
  await first.command('SET', 'a', '1');
  await first.command('SAVE');
  await first.command('SET', 'a', '2');
  await first.kill();
  const second = await start({ port: first.port, dir: first.dir });
  expect(await second.command('GET', 'a')).toBe('1');
  await second.stop();
  expect(existsSync(first.dir)).toBe(true);
  await first.stop();
  expect(existsSync(first.dir)).toBe(false);
});

test('a paused server answers when it goes on, and can be stopped', async () => {
  const server = await start();
  server.pause();
  let answered = false;
  const answer = server.command('PING').finally(() => {
    answered = true;
  });
  await (await start()).command('PING'); // as long as an answer takes
  expect(answered).toBe(false);
  server.resume();
  expect(await answer).toBe('PONG');
  server.pause();
  await server.stop();
});

test('a replica follows', async () => {
  const master = await start({ password: 'secret' });
  await master.command('SET', 'a', '1');
  const replica = await start({ replicaOf: master, password: 'secret' });
  while ((await replica.command('GET', 'a')) !== '1');
  await expect(replica.command('SET', 'a', '2')).rejects.toThrow(/READONLY/);
});

test('TLS and a password are asked for', async () => {
  const { port, url, ca, command } = await start({ tls: true, password: 'p@ss word' });
  expect(await command('PING')).toBe('PONG');
  expect(url).toBe(`rediss://:p%40ss%20word@127.0.0.1:${port}`);
  const client = new Redis(url.replace('127.0.0.1', 'localhost'), { tls: { ca }, lazyConnect: true });
  await client.connect();
  expect(await client.ping()).toBe('PONG');
  await client.quit();
  const stranger = await new Promise((resolve) => connectTls(port, '127.0.0.1').once('error', resolve));
  expect(stranger).toMatchObject({ code: expect.stringMatching(/SELF_SIGNED|UNABLE_TO/) });
});

test('a cluster moves a slot under a client', async () => {
  const cluster = await startRedisCluster();
  servers.push(...cluster.nodes);
  const client = new Cluster([...cluster.rootNodes]);
  const slot = Number(await cluster.nodes[0]!.command('CLUSTER', 'KEYSLOT', '{a}'));
  const from = Math.floor((slot * 3) / 16_384);
  const to = (from + 1) % 3;
  const keys = Array.from({ length: 150 }, (_, index) => `{a}${index}`);
  await client.mset(...keys.flatMap((key) => [key, key]));
  await cluster.migrateSlot(slot, from, to, async () => {
    expect(await client.mget(...keys)).toEqual(keys);
    await expect(cluster.nodes[from]!.command('GET', keys[0]!)).rejects.toThrow(/ASK/);
  });
  expect(await client.mget(...keys)).toEqual(keys);
  expect(await cluster.nodes[to]!.command('GET', keys[0]!)).toBe(keys[0]);
  await client.quit();
});
