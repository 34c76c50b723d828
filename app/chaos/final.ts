import { entityKey, fromItem, linkFromItem, linksOf, listing } from '../src/domains/entities/keys.ts';
import * as types from '../src/domains/types/keys.ts';
import type { Item, Table } from '../src/table/table.ts';
import type { Exchanges } from './exchange.ts';
import type { Seen } from './history.ts';
import { kindOf, type LampView, lampState, lampUuidOf } from './kinds.ts';
import { createLampActions } from './lamps.ts';
import { type Crate, createLinkActions, createTypeActions, stateOfCrate } from './others.ts';
import { randomFrom } from './random.ts';
import {
  CRATES,
  crateKey,
  hubUuid,
  LAMPS,
  lampKey,
  linkKey,
  SHELF_SIZE,
  TYPES,
  typeKey,
  typeState,
} from './sample.ts';
import type { Parts } from './setup.ts';

const SWEEP = -2;
const ORGANISATION = 'default';
const PAGE = 500;

/** Reads everything once through each instance, when all is quiet: cached answers must be right then. */
export async function sweep({ http, instances, authorization, lamps, hubs, record }: Parts): Promise<void> {
  for (const instance of instances) {
    // Nobody writes any more: a lamp that is not there stays away.
    const random = Object.assign(() => 0.99, { ...randomFrom(0), pick: <T>(list: readonly T[]) => list[0]! });
    const parts: Exchanges = { client: SWEEP, http, instances: [instance], authorization, random, record };
    const lamp = createLampActions(parts, lamps, () => '');
    const link = createLinkActions(parts, hubs, () => '');
    for (let n = 0; n < lamps; n++) await lamp.read(n);
    for (let n = 0; n < lamps; n += SHELF_SIZE) {
      await lamp.listShelf(n);
      await lamp.listKind(n);
    }
    for (let n = 0; n < hubs; n++) await link.read(n);
    const type = createTypeActions(parts, () => '');
    for (const name of LAMPS) await type.read(name);
  }
}

/** What the store holds, read from itself. */
export async function readFinals(
  store: Table,
  lamps: number,
  hubs: number,
): Promise<{ finals: Map<string, Seen>; twice: string[] }> {
  const finals = new Map<string, Seen>();
  for (let n = 0; n < lamps; n++) {
    const item = await store.get(entityKey(ORGANISATION, lampUuidOf(n)));
    const lamp = item && (fromItem(item) as unknown as LampView);
    finals.set(lampKey(lampUuidOf(n)), lamp ? lampState(kindOf(n), lamp) : 'absent');
  }
  for (const { name } of TYPES) {
    const item = await store.get(types.typeKey(ORGANISATION, name));
    finals.set(typeKey(name), item ? typeState(types.fromItem(item)) : 'absent');
  }
  for (let n = 0; n < hubs; n++) {
    const { items } = await store.query({ ...linksOf(ORGANISATION, hubUuid(n)), limit: PAGE });
    const next = (n + 1) % hubs;
    const link = items.map(linkFromItem).find((one) => one.direction === 'out' && one.uuid === hubUuid(next));
    const mark = link?.properties?.mark as string | undefined;
    finals.set(linkKey(n, next), mark === undefined ? 'absent' : { born: '', version: 0, mark });
  }
  return { finals, twice: await readCrates(store, finals) };
}

/** Adds what was created with idempotency keys; answers the marks of what is there twice. */
async function readCrates(store: Table, finals: Map<string, Seen>): Promise<string[]> {
  const twice: string[] = [];
  for (let after: string | undefined; ; ) {
    const page = await store.query({
      pk: listing(ORGANISATION, CRATES),
      limit: PAGE,
      ...(after && { after }),
    });
    const items = await store.getMany(page.items.map((item) => entityKey(ORGANISATION, String(item.uuid))));
    for (const item of items.filter((one): one is Item => one !== undefined)) {
      const state = stateOfCrate(fromItem(item) as unknown as Crate);
      const key = crateKey(state.mark);
      if (finals.has(key)) twice.push(key);
      finals.set(key, state);
    }
    if (page.next === undefined) return twice;
    after = page.next;
  }
}
