import { fail } from '../../src/kernel/errors.ts';
import type { CacheableRead, Content } from '../../src/kernel/read-through.ts';
import { key } from '../../src/table/keys.ts';
import type { Memo } from '../../src/table/memo.ts';
import type { Action, Item, Table } from '../../src/table/table.ts';
import type { Seen } from './checker.ts';

/** Two members of one collection, and the definition that its listing is shown by. */
export const MEMBERS = ['a', 'b'] as const;
export const DEFINITION = 'definition';

const ORGANISATION = 'o';
const COLLECTION = key(ORGANISATION, 'type', 'city');
const LISTING = key(ORGANISATION, 'type', 'city', 'all');
const TYPES = key(ORGANISATION, 'types');
const memberScope = (id: string) => key(ORGANISATION, 'entity', id);
const memberKey = (id: string) => ({ pk: memberScope(id), sk: 'entity' });
const definitionKey = { pk: TYPES, sk: 'city' };

/** All scopes there are. */
export const SCOPES = [...MEMBERS.map(memberScope), COLLECTION, TYPES];

/** What somebody wants to be done to some records. */
export interface Change {
  readonly attempt: string;
  readonly records: readonly string[];
  /** `change` and `remove` depend on what is there, `overwrite` does not care. */
  readonly doing: 'change' | 'remove' | 'overwrite';
  /** The version to write after `known`, the one that was read. */
  readonly nextVersion: (record: string, known: number) => number;
}

/** The actions of a change. Creates what is absent, whatever was asked for. */
export async function actionsOf(table: Table, change: Change): Promise<Action[]> {
  const actions = await Promise.all(change.records.map((record) => actionsFor(table, record, change)));
  return actions.flat();
}

async function actionsFor(table: Table, record: string, change: Change): Promise<Action[]> {
  const at = record === DEFINITION ? definitionKey : memberKey(record);
  const current = change.doing === 'overwrite' ? undefined : await table.get(at);
  const version = change.nextVersion(record, (current?.version as number | undefined) ?? 0);
  const item: Item = { ...at, kind: 'record', schema: 1, version, by: change.attempt };
  const condition = current ? { equals: { version: current.version as number } } : { exists: false };
  const guard = change.doing === 'overwrite' ? {} : { condition };
  if (record === DEFINITION) return [{ type: 'put', item, ...guard }];
  const entry = { pk: LISTING, sk: record };
  if (change.doing === 'remove' && current) {
    return [
      { type: 'delete', key: at, ...guard, collection: COLLECTION },
      { type: 'delete', key: entry },
    ];
  }
  const put: Action = { type: 'put', item, ...guard, collection: COLLECTION };
  return current ? [put] : [put, { type: 'put', item: { ...entry, kind: 'entry', schema: 1 } }];
}

/** The record that an action writes or deletes; undefined for everything else in the table. */
export function recordOf({ pk, sk }: { pk: string; sk: string }): string | undefined {
  if (pk === TYPES) return DEFINITION;
  return sk === 'entity' ? MEMBERS.find((id) => memberScope(id) === pk) : undefined;
}

/** A read as a route would describe it. */
export type Wish = Pick<CacheableRead, 'scopes' | 'name' | 'operation'> & {
  readonly load: () => Promise<Content>;
  /** What the content, or the absence of it, says of each record. */
  readonly seenIn: (content: Content | undefined) => Seen;
};

const contentOf = (seen: Record<string, unknown>, version?: number): Content => ({
  body: Buffer.from(JSON.stringify(seen)),
  ...(version !== undefined && { version }),
});

/** What the cache keeps of a member: also for a writer that would put it there itself. */
export const memberContent = ({ by, version }: Item) => contentOf({ by }, version as number);
export const memberPlace = (id: string) => ({ scope: memberScope(id), name: 'get' });

export function wishForMember(table: Table, id: string): Wish {
  return {
    scopes: [memberScope(id)],
    name: 'get',
    operation: 'get',
    async load() {
      const item = await table.get(memberKey(id));
      if (!item) throw fail('absent', 'not_found', 'No such member.');
      return memberContent(item);
    },
    seenIn: (content) => new Map([[id, content && parsed(content).by]]),
  };
}

/** The listing: the definition from the memo, the entries, and then the member behind each entry. */
export function wishForListing(table: Table, memo: Memo<Item | undefined>): Wish {
  return {
    scopes: [COLLECTION, TYPES],
    name: 'list',
    operation: 'list',
    async load() {
      const definition = await recallDefinition(table, memo);
      const { items } = await table.query({ pk: LISTING, limit: 10 });
      const members = await table.getMany(items.map(({ sk }) => memberKey(sk)));
      const seen = members.flatMap((item, i) => (item ? [[items[i]!.sk, item.by]] : []));
      return contentOf({ ...Object.fromEntries(seen), [DEFINITION]: definition?.by });
    },
    seenIn(content) {
      const seen = content ? parsed(content) : {};
      return new Map([...MEMBERS, DEFINITION].map((record) => [record, seen[record]]));
    },
  };
}

export const recallDefinition = (table: Table, memo: Memo<Item | undefined>) =>
  memo.recall(TYPES, 'city', () => table.get(definitionKey));

const parsed = ({ body }: Content) => JSON.parse(Buffer.from(body).toString()) as Record<string, string>;
