import { createRandom } from '../simulation/random.ts';
import type { Registry } from './registry.ts';
import { transfersOf } from './transfers.ts';

export const VALUES = 6;
const AT_MOST = 40;
const TYPE = {
  name: 'node',
  fields: [{ name: 'n', type: 'integer', indexed: true }],
  links: [
    { relation: 'near', to: 'node', inverse: 'near' },
    { relation: 'under', to: 'node', inverse: 'over', on_delete: 'cascade' },
  ],
};

/** Somebody who creates, changes, links and deletes entities of the type `node`, several at the same time. */
export async function randomWrites(registry: Registry, seed: number) {
  const random = createRandom(seed);
  const { uploadRows } = transfersOf(registry);
  await registry.call('createEntityType', { body: TYPE });
  let uuids: string[] = [];
  const some = () => ({ type: 'node', uuid: random.pick(uuids) });
  const fields = () => ({ n: random.below(VALUES) });
  const link = () => ({ relation: random.pick(['near', 'under', 'over']), ...some() });

  async function create(): Promise<void> {
    const links = uuids.length > 0 && random.chance(0.5) ? [link()] : [];
    const { body } = await registry.call('createEntity', {
      params: { type: 'node' },
      body: { fields: fields(), links },
    });
    uuids.push((body as { uuid: string }).uuid);
  }
  const upload = async () => {
    const rows = Array.from({ length: 1 + random.below(8) }, () =>
      random.chance(0.5) && uuids.length > 0 ? { uuid: some().uuid, fields: fields() } : { fields: fields() },
    );
    await uploadRows('node', rows, { atomic: random.chance(0.5) });
  };
  const others = [
    upload,
    () => registry.call('changeEntity', { params: some(), body: { fields: fields() } }),
    () => registry.call('replaceEntity', { params: some(), body: { fields: fields(), tags: ['x'] } }),
    () => registry.call('createLink', { params: some(), body: link() }),
    () => registry.call('deleteEntity', { params: some() }),
    async () => {
      const from = some();
      const { body } = await registry.call('listLinks', { params: from, query: { limit: 5 } });
      const [first] = (body as { items: { relation: string; direction: string; uuid: string }[] }).items;
      if (first) await registry.call('deleteLink', { params: { ...from, relation: 'near', to: first.uuid } });
    },
  ];

  async function listed(): Promise<string[]> {
    const { body } = await registry.call('listEntities', {
      params: { type: 'node' },
      query: { limit: 1000 },
    });
    return (body as { items: { uuid: string }[] }).items.map(({ uuid }) => uuid);
  }

  /** Some writes, three at a time; what cannot be done is not done. */
  async function write(rounds: number): Promise<void> {
    for (let n = 0; n < rounds; n++) {
      uuids = await listed();
      const few = uuids.length < 8;
      const what = () =>
        few || (uuids.length < AT_MOST && random.chance(0.4)) ? create() : random.pick(others)();
      await Promise.all([1, 2, 3].map(() => what().catch(refused)));
    }
  }

  return { write, listed };
}

/** What was asked of things that are gone meanwhile, or makes no sense. */
function refused(error: { kind?: string }): void {
  if (!['absent', 'conflict', 'invalid', 'malformed'].includes(error.kind ?? '')) throw error;
}
