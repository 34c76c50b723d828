import { fail } from '../../kernel/errors.ts';
import { firstUuidAt } from '../../kernel/ids.ts';
import type { Clock } from '../../kernel/ports.ts';
import type { Item, Table } from '../table.ts';
import {
  behind,
  type Change,
  changesOfOrganisation,
  positionAt,
  positionOf,
  type Told,
  textOf,
  timeOf,
} from './change.ts';
import { SETTLE_MS } from './logged.ts';

export interface FeedOptions {
  readonly table: Table;
  readonly clock: Clock;
  /** Whether other processes write too, so that a write may become visible after a later one. */
  readonly isShared: boolean;
  readonly days: number;
  /** Since when all changes are recorded, in Unix milliseconds. */
  readonly since: number;
}

export interface FeedQuery {
  /** Id of the last change seen; the oldest changes without. */
  readonly after?: string | undefined;
  readonly types?: readonly string[] | undefined;
  readonly limit: number;
}

export interface FeedPage {
  readonly items: readonly Change[];
  /** Where to go on, always. */
  readonly next: string;
  /** Whether more is there already. */
  readonly hasMore: boolean;
}

/** The changes of an organisation in the order of their ids, each exactly once to whoever follows the cursor. */
export interface Feed {
  /** Throws 410 `cursor_expired` if changes behind the cursor may be gone, 400 for what is no cursor. */
  read(organisation: string, query: FeedQuery): Promise<FeedPage>;
  /** The place from which on all is new to whoever reads the registry after this call. */
  end(organisation: string): Promise<string>;
}

const DAY_MS = 24 * 3_600_000;
const PAGE = 200;
const MAX_WRITES = 1_000;

export function createFeed({ table, clock, isShared, days, since }: FeedOptions): Feed {
  /** Nothing will come any more that is older than this. */
  const settledAt = () => Math.max(clock.now() - SETTLE_MS, since);

  function requireKept(after: string): void {
    if (timeOf(after) >= Math.max(since, clock.now() - days * DAY_MS)) return;
    const detail = `Changes after this cursor may be gone: they are kept for ${days} days. Take a new cursor (after=now), read everything once, and follow from there.`;
    throw fail('gone', 'cursor_expired', detail);
  }

  async function read(organisation: string, { after, types, limit }: FeedQuery): Promise<FeedPage> {
    const start = positionOf(after ?? positionAt(since));
    if (after !== undefined) requireKept(after);
    const settled = settledAt();
    const range = { from: start.write, ...(isShared && { to: firstUuidAt(settled) }) };
    const pk = changesOfOrganisation(organisation);
    const items: Change[] = [];
    let last = textOf(start);
    let place: string | undefined;
    for (let reads = 0; reads < MAX_WRITES; ) {
      const wanted = Math.min(limit - items.length + 1, PAGE);
      const page = await table.query({ pk, ...range, after: place, limit: wanted });
      for (const change of page.items.flatMap((item) => changesIn(item, organisation))) {
        if (change.id <= last) continue;
        if (items.length === limit) return { items, next: last, hasMore: true };
        last = change.id;
        if (!types || types.includes(change.type)) items.push(change);
      }
      // A cursor that stood still would expire although nothing was missed.
      if (page.next === undefined) return { items, next: laterOf(last, positionAt(settled)), hasMore: false };
      reads += page.items.length;
      place = page.next;
    }
    return { items, next: last, hasMore: true };
  }

  async function end(organisation: string): Promise<string> {
    const settled = positionAt(settledAt());
    if (isShared) return settled;
    const { items } = await table.query({ pk: changesOfOrganisation(organisation), reverse: true, limit: 1 });
    return items[0] ? laterOf(behind(items[0].sk), settled) : settled;
  }

  return { read, end };
}

const laterOf = (one: string, other: string) => (one > other ? one : other);

function changesIn({ sk, changes }: Item, organisation: string): Change[] {
  const at = new Date(timeOf(sk)).toISOString();
  return (changes as unknown as readonly Told[]).map(({ kind, change, type, uuid, version }, index) => ({
    id: textOf({ write: sk, index }),
    at,
    organisation,
    kind,
    change,
    type,
    uuid,
    version,
  }));
}
