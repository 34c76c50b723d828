import type { Change } from '../../src/table/changes/change.ts';
import { createRandom } from '../simulation/random.ts';
import { listenTo } from '../support/event-source.ts';
import { onEveryEdition } from '../support/every-edition.ts';
import { startListening } from '../support/listening.ts';
import { shiftedClock } from '../support/shifted-clock.ts';

const PRODUCTS = '/api/v1/products';
const ROUNDS = 8;
const WRITERS = 4;

onEveryEdition('watchers who come and go', (factory) => {
  test('are told each acknowledged change once and in order while others write', async () => {
    const clock = shiftedClock();
    const service = await startListening(factory, { env: { CHANGE_LOG: 'on' }, clock });
    const admin = { Authorization: await service.administrator() };
    const instances = [service.url, await service.another()];
    const acknowledged: string[] = [];

    async function write(name: string): Promise<void> {
      const product = { sku: name, name: 'n', price: 1, currency: 'EUR' };
      const { body } = await service.api.post(PRODUCTS).set(admin).send(product).expect(201);
      acknowledged.push(`${body.uuid} 1`);
      await service.api.patch(`${PRODUCTS}/${body.uuid}`).set(admin).send({ price: 2 }).expect(200);
      acknowledged.push(`${body.uuid} 2`);
    }

    /** Listens to any instance for a few events at a time, at most so many, and comes back with the id of the last. */
    async function follow(seed: number, most: number): Promise<Change[]> {
      const random = createRandom(seed);
      const seen: Change[] = [];
      for (let last = ''; seen.length < 2 * ROUNDS * WRITERS; ) {
        const headers = { ...admin, 'Last-Event-ID': last };
        const stream = await listenTo(`${random.pick(instances)}/api/v1/changes`, headers);
        for (let left = Math.ceil(random.between(0, most)); left > 0; left--) {
          if (seen.length === 2 * ROUNDS * WRITERS) break;
          const event = await stream.next();
          seen.push(JSON.parse(event!.data!));
          last = event!.id!;
        }
        stream.close();
      }
      return seen;
    }

    const following = [follow(1, 3), follow(2, 8), follow(3, 20), follow(4, 1_000)];
    for (let round = 0; round < ROUNDS; round++) {
      await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(`${round}-${writer}`)));
      clock.advance(11_000);
    }
    for (const seen of await Promise.all(following)) {
      expect(seen.map(({ uuid, version }) => `${uuid} ${version}`).sort()).toEqual([...acknowledged].sort());
      expect(seen.map(({ id }) => id)).toEqual(seen.map(({ id }) => id).sort());
      for (const { uuid } of seen) {
        expect(seen.filter((one) => one.uuid === uuid).map(({ version }) => version)).toEqual([1, 2]);
      }
    }
    await service.stop();
  }, 60_000);
});
