import type { Clock, Meter } from '../../src/kernel/ports.ts';
import { silentMeter } from '../../src/kernel/ports.ts';
import type { Change } from '../../src/table/changes/change.ts';
import { createFeed, type Feed } from '../../src/table/changes/feed.ts';
import { loggedTable } from '../../src/table/changes/logged.ts';
import type { Action, Table } from '../../src/table/table.ts';

interface ChangeLogOptions {
  readonly clock: Clock;
  readonly isShared?: boolean;
  readonly days?: number;
  readonly since?: number;
  readonly meter?: Meter;
}

/** A table that records changes, and the way to read them. */
export function changeLogOver(table: Table, options: ChangeLogOptions): { table: Table; feed: Feed } {
  const { clock, isShared = false, days = 7, since = 0, meter = silentMeter } = options;
  return {
    table: loggedTable(table, { clock, meter, isShared, days }),
    feed: createFeed({ table, clock, isShared, days, since }),
  };
}

/** Follows the log from a place to its present end; answers all changes and where to go on. */
export async function followed(feed: Feed, after?: string, limit = 1_000, organisation = 'default') {
  const changes: Change[] = [];
  for (let at = after; ; ) {
    const page = await feed.read(organisation, { after: at, limit });
    changes.push(...page.items);
    at = page.next;
    if (!page.hasMore) return { changes, next: at };
  }
}

/** What a change says, in one line. */
export const lineOf = ({ kind, change, type, uuid, version }: Change) =>
  [change, kind, type, uuid.slice(-2), version ?? 'links'].join(' ');

const uuidOf = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** Writes an entity as the domain does: as version 1, or in the place of the version before. */
export function entityWrite(n: number, version: number, organisation = 'default'): Action {
  const pk = `${organisation}#entity#${uuidOf(n)}`;
  const collection = `${organisation}#type#thing`;
  const key = { pk, sk: 'entity' };
  if (version > 1) {
    return {
      type: 'update',
      key,
      collection,
      set: { version },
      condition: { equals: { version: version - 1 } },
    };
  }
  const item = { ...key, kind: 'entity', schema: 1, type: 'thing', uuid: uuidOf(n), version };
  return { type: 'put', item, collection, condition: { exists: false } };
}
