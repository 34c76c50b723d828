import { keyText } from '../../../table/rules.ts';
import type { Table } from '../../../table/table.ts';
import type { EntityRecord, EntityRef } from '../model.ts';
import type { Reader } from '../reader.ts';
import type { Row } from './row.ts';
import type { DueLink } from './row-links.ts';

/** A row that is about to be planned: what it will be called, and its links. */
export interface Candidate {
  readonly row: Row;
  readonly uuid: string;
  readonly links: readonly DueLink[];
}

/** What is in the store of all that some rows speak of. */
export interface Survey {
  before(uuid: string): EntityRecord | undefined;
  exists(ref: EntityRef): boolean;
  isLinked(link: DueLink): boolean;
}

/**
 * Whether to look a link's other end up before writing. What lies in another type cannot come later in this
 * upload, so the write itself finds out; except that the other end may be left to make the link when it comes.
 */
export const needsOther = ({ link }: DueLink, type: string) => link.direction === 'in' || link.type === type;

/** Reads it in as few calls as the rows allow; rows without uuids and links need none. */
export async function survey(
  table: Table,
  reader: Reader,
  organisation: string,
  type: string,
  candidates: readonly Candidate[],
): Promise<Survey> {
  const wanted = new Map<string, Set<string>>();
  const want = (ref: EntityRef) => wanted.set(ref.type, (wanted.get(ref.type) ?? new Set()).add(ref.uuid));
  for (const { row, uuid, links } of candidates) {
    if (row.uuid !== undefined) want({ type, uuid });
    for (const due of links) if (needsOther(due, type)) want(due.link);
  }
  const records = new Map<string, EntityRecord>();
  await Promise.all(
    [...wanted].map(async ([name, uuids]) => {
      for (const record of await reader.records(organisation, name, [...uuids])) {
        if (record) records.set(`${name} ${record.uuid}`, record);
      }
    }),
  );
  const before = (uuid: string) => (records.size === 0 ? undefined : records.get(`${type} ${uuid}`));
  const keys = candidates.flatMap(({ uuid, links }) => (before(uuid) ? links.map((due) => due.key) : []));
  const found = keys.length === 0 ? [] : await table.getMany(keys);
  const linked = new Set(found.flatMap((item) => (item ? [keyText(item)] : [])));
  return {
    before,
    exists: (ref) => records.has(`${ref.type} ${ref.uuid}`),
    isLinked: ({ key }) => linked.has(keyText(key)),
  };
}
