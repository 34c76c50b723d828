import supertest from 'supertest';
import { compose, type Service } from '../../src/compose.ts';
import { readSettings } from '../../src/config.ts';
import { silentLog } from '../../src/kernel/ports.ts';
import { eventually } from '../support/eventually.ts';
import { type RedisCluster, startRedisCluster } from '../support/redis-cluster.ts';
import { dynamoTable } from '../support/tables.ts';

const THINGS = '/api/v1/entities/thing';

/** The whole service over a cluster of three primaries. */
describe('a Redis cluster', () => {
  let cluster: RedisCluster;
  let fresh: Awaited<ReturnType<typeof dynamoTable>>;
  let service: Service;
  let api: ReturnType<typeof supertest>;

  beforeAll(async () => {
    cluster = await startRedisCluster();
    fresh = await dynamoTable();
    const settings = readSettings({
      NODE_ENV: 'test',
      STORE: 'dynamodb',
      DYNAMODB_TABLE: fresh.name,
      REDIS_URL: cluster.nodes[0]!.url,
      REDIS_MODE: 'cluster',
    });
    service = await compose(settings, { version: '0', log: silentLog, env: {}, table: fresh.table });
    api = supertest(service.app);
    await api.post('/api/v1/entity-types').send({ name: 'thing', fields: [{ name: 'n', type: 'integer' }] });
  });
  afterAll(async () => {
    await service.close();
    await cluster.stop();
    await fresh.close();
  });

  const create = async () => `${THINGS}/${(await api.post(THINGS).send({ fields: { n: 0 } })).body.uuid}`;
  const isHit = async (path: string) =>
    (await api.get(path).expect(200)).headers['cache-status'] === 'cadastre; hit';
  const hits = (path: string) => eventually(() => isHit(path));

  /** Every key of the service, with the node and slot it lies in. */
  async function keys(): Promise<{ key: string; node: number; slot: number }[]> {
    const found = await Promise.all(
      cluster.nodes.map(async ({ command }, node) => {
        const names = (await command('KEYS', '*')) as string[];
        return Promise.all(
          names.map(async (key) => ({ key, node, slot: Number(await command('CLUSTER', 'KEYSLOT', key)) })),
        );
      }),
    );
    return found.flat();
  }

  test('answers are cached all over its nodes, each beside its cell', async () => {
    const paths = await Promise.all(Array.from({ length: 12 }, create));
    for (const path of [...paths, THINGS]) await hits(path);
    const all = await keys();
    expect(new Set(all.map(({ node }) => node)).size).toBeGreaterThan(1); // which ones is up to chance
    const kept = all.filter(({ key }) => key.startsWith('r{'));
    expect(kept.length).toBeGreaterThanOrEqual(13);
    for (const { key, slot } of kept) {
      const cell = all.find((one) => one.key === `c${key.slice(1, key.indexOf('}') + 1)}`);
      expect(cell?.slot).toBe(slot);
    }
  });

  test('a slot that moves while it is read and written loses nothing and serves nothing old', async () => {
    const path = await create();
    await hits(path);
    const uuid = path.split('/').at(-1)!;
    const { node, slot } = (await keys()).find(({ key }) => key.startsWith('c{') && key.includes(uuid))!;
    let n = 0;
    const change = async () => {
      n += 1;
      await api.patch(path).send({ fields: { n } }).expect(200);
      expect((await api.get(path).expect(200)).body.fields.n).toBe(n);
    };
    await cluster.migrateSlot(slot, node, (node + 1) % 3, async () => {
      for (let times = 0; times < 5; times++) await change();
    });
    await change();
    await hits(path);
    expect((await api.get(path)).body.fields.n).toBe(6);
  });

  test('while one of its primaries is gone everything works from the store', async () => {
    const path = await create();
    await hits(path);
    const { body } = await api.get('/status').expect(200);
    expect(body.dependencies).toMatchObject([{ name: 'store' }, { name: 'cache', status: 'ok' }]);
    await cluster.nodes[1]!.kill();
    await api
      .patch(path)
      .send({ fields: { n: 7 } })
      .expect(200);
    expect((await api.get(path).expect(200)).body.fields.n).toBe(7);
  });
});
