import supertest from 'supertest';
import { COHERENCE } from '../../src/cache/records.ts';
import { compose, type Service } from '../../src/compose.ts';
import { readSettings } from '../../src/config.ts';
import { type Log, silentLog } from '../../src/kernel/ports.ts';
import { eventually } from '../support/eventually.ts';
import { freePort, type RedisServer, startRedis } from '../support/redis-server.ts';
import { dynamoTable } from '../support/tables.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

const THINGS = '/api/v1/entities/thing';
type Api = ReturnType<typeof supertest>;

/** Two instances over one table, each with its own way to one Redis. */
describe('trouble with Redis', () => {
  let redis: RedisServer;
  let fresh: Awaited<ReturnType<typeof dynamoTable>>;
  const proxies: TcpProxy[] = [];
  const services: Service[] = [];
  let a: Api;
  let b: Api;

  async function instance(port: number, { name, table } = fresh, log: Log = silentLog): Promise<Api> {
    const settings = readSettings({
      NODE_ENV: 'test',
      STORE: 'dynamodb',
      DYNAMODB_TABLE: name,
      CACHE: 'redis',
      REDIS_URL: `redis://127.0.0.1:${port}`,
    });
    const service = await compose(settings, { version: '0', log, env: {}, table });
    services.push(service);
    return supertest(service.app);
  }

  beforeAll(async () => {
    redis = await startRedis();
    fresh = await dynamoTable();
    proxies.push(await startTcpProxy(redis.port), await startTcpProxy(redis.port));
    [a, b] = [await instance(proxies[0]!.port), await instance(proxies[1]!.port)];
    await a.post('/api/v1/entity-types').send({ name: 'thing', fields: [{ name: 'n', type: 'integer' }] });
  });
  afterAll(async () => {
    for (const service of services) await service.close();
    for (const proxy of proxies) await proxy.close();
    await redis.stop();
    await fresh.close();
  });

  const create = async (api: Api) =>
    `${THINGS}/${(await api.post(THINGS).send({ fields: { n: 1 } })).body.uuid}`;
  const cacheStatus = async (api: Api, path: string) =>
    (await api.get(path).expect(200)).headers['cache-status'];
  const hits = (api: Api, path: string) =>
    eventually(async () => (await cacheStatus(api, path)) === 'cadastre; hit');
  const records = async () => (await fresh.table.query({ pk: COHERENCE, limit: 100 })).items.length - 1;

  test('what one instance filled the other serves, and sees changed at once', async () => {
    const path = await create(a);
    await hits(a, path);
    await hits(b, path);
    await a
      .patch(path)
      .send({ fields: { n: 2 } })
      .expect(200);
    expect((await b.get(path)).body.fields.n).toBe(2);
  });

  test('a write that cannot reach Redis is acknowledged, recorded, and then seen by the others', async () => {
    const path = await create(a);
    await hits(b, path);
    const before = await records();
    proxies[0]!.setFault('blackhole');
    await a
      .patch(path)
      .send({ fields: { n: 2 } })
      .expect(200);
    expect(await records()).toBe(before + 1);
    await eventually(async () => (await b.get(path)).body.fields.n === 2); // how soon, the chaos run measures
    proxies[0]!.setFault(undefined);
    await hits(a, path);
    expect((await a.get(path)).body.fields.n).toBe(2);
  });

  test('an empty Redis in place of the old one is used as soon as nobody can mistake it', async () => {
    const path = await create(a);
    await hits(a, path);
    await redis.kill();
    await a
      .patch(path)
      .send({ fields: { n: 3 } })
      .expect(200);
    expect((await b.get(path)).body.fields.n).toBe(3);
    const { body } = await a.get('/status').expect(200);
    expect(body).toMatchObject({
      status: 'degraded',
      dependencies: [{ name: 'store' }, { status: 'failing' }],
    });
    redis = await startRedis({ port: redis.port });
    await hits(a, path);
    await hits(b, path);
    expect((await b.get(path)).body.fields.n).toBe(3);
  });

  test('a Redis that has no room is left alone, and used again when it has', async () => {
    const path = await create(a);
    await hits(a, path);
    await redis.command('CONFIG', 'SET', 'maxmemory', '1mb');
    await eventually(async () => {
      await a
        .patch(path)
        .send({ fields: { n: 4 } })
        .expect(200); // acknowledged, whatever Redis says
      return (await cacheStatus(a, path)) === 'cadastre; fwd=bypass; detail=breaker';
    });
    await eventually(async () => (await b.get(path)).body.fields.n === 4);
    await redis.command('CONFIG', 'SET', 'maxmemory', 0);
    await hits(a, path);
    expect((await a.get(path)).body.fields.n).toBe(4);
  });

  test('Redis need not be there at the start', async () => {
    const port = await freePort();
    const own = await dynamoTable();
    const late = await instance(port, own);
    await late.post('/api/v1/entity-types').send({ name: 'thing', fields: [{ name: 'n', type: 'integer' }] });
    const path = await create(late);
    expect(await cacheStatus(late, path)).toMatch(/fwd=bypass/);
    const server = await startRedis({ port });
    await hits(late, path);
    await services.pop()!.close();
    await server.stop();
    await own.close();
  });

  test('an outage is logged once, and its end once, however many connections there are', async () => {
    let server = await startRedis();
    const own = await dynamoTable();
    const { log, said } = listening();
    const api = await instance(server.port, own, log);
    const figure = async () =>
      /^cache_state\{figure="breaker_open"\} (\d)$/m.exec((await api.get('/metrics')).text)?.[1];
    const states = () => said.filter(({ message }) => message.startsWith('redis'));
    await eventually(async () => (await figure()) === '0');
    expect(states()).toEqual([]);

    await server.kill();
    await eventually(async () => (await figure()) === '1');
    // Long enough for each connection to have been refused more than once.
    const refused = Date.now() + 1_500;
    await eventually(async () => {
      await api.get('/api/v1/people').expect(200);
      return Date.now() > refused;
    });
    // Whichever end noticed first: a connection that was refused, was cut, or was written to after that.
    const problem = expect.stringMatching(/ECONNREFUSED|ECONNRESET|EPIPE/);
    expect(states()).toEqual([{ level: 'warn', message: 'redis is away', problem }]);

    server = await startRedis({ port: server.port });
    await eventually(async () => (await figure()) === '0' && states().length > 1);
    expect(states().slice(1)).toEqual([{ level: 'info', message: 'redis is back' }]);
    expect(said.filter(({ level }) => level === 'error')).toEqual([]);
    await services.pop()!.close();
    await server.stop();
    await own.close();
    expect(states()).toHaveLength(2);
  });
});

/** A log that keeps what is said, but for the requests. */
function listening() {
  const said: { level: string; message: string; [field: string]: unknown }[] = [];
  const at =
    (level: string): Log['info'] =>
    (message, fields) => {
      if (message !== 'request') said.push({ level, message, ...fields });
    };
  return { said, log: { info: at('info'), warn: at('warn'), error: at('error') } satisfies Log };
}
