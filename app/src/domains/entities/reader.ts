import type { Actor } from '../../kernel/actor.ts';
import { fail } from '../../kernel/errors.ts';
import type { Item, Table } from '../../table/table.ts';
import { deletionKey, isDecided } from './doom.ts';
import { entityKey, fromItem, linkFromItem, linksOf } from './keys.ts';
import { type EntityRecord, type EntityRef, INLINE_LINKS, type LinkView } from './model.ts';

export interface Found {
  readonly record: EntityRecord;
  /** The first links, one more than are shown inline, so that a cut shows. */
  readonly links: readonly LinkView[];
}

const NO_LINKS: readonly LinkView[] = [];

export type Reader = ReturnType<typeof createReader>;

/** Reads entities. What a decided deletion has claimed counts as absent, though its items are still there. */
export function createReader(table: Table) {
  /**
   * One entity with its links. Most entities of most types have none, and reading one item is several times
   * cheaper than a query, so links cost a second call. They are read after the record: at worst they are newer
   * than its validator says, which makes the next reader fetch them again and never the other way round.
   */
  async function find(organisation: string, ref: EntityRef): Promise<Found | undefined> {
    const record = await visibleRecord(ref.type, await table.get(entityKey(organisation, ref.uuid)));
    return record && { record, links: await linksWith(organisation, record) };
  }

  /** One entity without its links. Throws 404. */
  async function getRecord(actor: Actor, ref: EntityRef): Promise<EntityRecord> {
    const item = await table.get(entityKey(actor.organisation, ref.uuid));
    const record = await visibleRecord(ref.type, item);
    if (!record) throw notFound(ref);
    return record;
  }

  async function linksWith(organisation: string, record: EntityRecord): Promise<readonly LinkView[]> {
    if (!record.linked) return NO_LINKS;
    const links: LinkView[] = [];
    for (let after: string | undefined; ; ) {
      const limit = INLINE_LINKS + 1 - links.length;
      const page = await table.query({ ...linksOf(organisation, record.uuid), after, limit });
      links.push(...page.items.map(linkFromItem));
      if (page.next === undefined || links.length > INLINE_LINKS) return links;
      after = page.next;
    }
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
      list.map(async (record) => ({ record, links: await linksWith(organisation, record) })),
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

  return { find, get, getRecord, records, withLinks, typeOf };
}

export function notFound(ref: EntityRef) {
  return fail('absent', 'not_found', `There is no ${ref.type} ${ref.uuid}.`);
}
