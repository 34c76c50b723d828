import type { Actor } from '../../kernel/actor.ts';
import { fail } from '../../kernel/errors.ts';
import type { Item, Table } from '../../table/table.ts';
import { deletionKey, isDecided } from './doom.ts';
import { entityKey, entityWithLinks, fromItem, linkFromItem, linksOf } from './keys.ts';
import { type EntityRecord, type EntityRef, INLINE_LINKS, type LinkView } from './model.ts';

export interface Found {
  readonly record: EntityRecord;
  /** The first links, one more than are shown inline, so that a cut shows. */
  readonly links: readonly LinkView[];
}

export type Reader = ReturnType<typeof createReader>;

/** Reads entities. What a decided deletion has claimed counts as absent, though its items are still there. */
export function createReader(table: Table) {
  /** One entity with its links in one query. */
  async function find(organisation: string, ref: EntityRef): Promise<Found | undefined> {
    const range = entityWithLinks(organisation, ref.uuid);
    const { items } = await table.query({ ...range, limit: INLINE_LINKS + 2 });
    const [first, ...rest] = items;
    if (first?.kind !== 'entity') return undefined;
    const record = fromItem(first);
    if (record.type !== ref.type || !(await isVisible(record))) return undefined;
    return { record, links: rest.map(linkFromItem) };
  }

  async function get(actor: Actor, ref: EntityRef): Promise<Found> {
    const found = await find(actor.organisation, ref);
    if (!found) throw notFound(ref);
    return found;
  }

  /** The records of these uuids, in order; undefined for those that are absent or of another type. */
  async function records(
    organisation: string,
    type: string,
    uuids: readonly string[],
  ): Promise<(EntityRecord | undefined)[]> {
    const items = await table.getMany(uuids.map((uuid) => entityKey(organisation, uuid)));
    return Promise.all(items.map((item) => visibleRecord(type, item)));
  }

  async function visibleRecord(type: string, item: Item | undefined): Promise<EntityRecord | undefined> {
    if (!item) return undefined;
    const record = fromItem(item);
    return record.type === type && (await isVisible(record)) ? record : undefined;
  }

  /** Adds the inline links to records; only those that ever had a link cost a read. */
  async function withLinks(organisation: string, list: readonly EntityRecord[]): Promise<Found[]> {
    return Promise.all(
      list.map(async (record) => {
        if (!record.linked) return { record, links: [] };
        const range = linksOf(organisation, record.uuid);
        const { items } = await table.query({ ...range, limit: INLINE_LINKS + 1 });
        return { record, links: items.map(linkFromItem) };
      }),
    );
  }

  async function isVisible(record: EntityRecord): Promise<boolean> {
    if (record.doomed === undefined) return true;
    return !isDecided(await table.get(deletionKey(record.doomed)));
  }

  /** The type of an entity of which only the uuid is known. */
  async function typeOf(organisation: string, uuid: string): Promise<string | undefined> {
    const item = await table.get(entityKey(organisation, uuid));
    return item === undefined ? undefined : fromItem(item).type;
  }

  return { find, get, records, withLinks, typeOf };
}

export function notFound(ref: EntityRef) {
  return fail('absent', 'not_found', `There is no ${ref.type} ${ref.uuid}.`);
}
