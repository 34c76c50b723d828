import type { Author } from '../../../kernel/actor.ts';
import { newUuid } from '../../../kernel/ids.ts';
import type { Page } from '../../../kernel/page.ts';
import type { Clock } from '../../../kernel/ports.ts';
import type { Cursors } from '../../../table/cursor.ts';
import type { Step } from '../../../table/steps.ts';
import type { Item, Table, Value } from '../../../table/table.ts';
import { auditOf } from '../keys.ts';

/** What changed, by member: its value before and after, where it had one. Never a secret. */
export type Changes = Readonly<Record<string, { readonly from?: Value; readonly to?: Value }>>;

export interface AuditRecord {
  readonly uuid: string;
  readonly at: string;
  readonly actor: string;
  /** The request that did it; absent where none did, and of records that are older than this member. */
  readonly request_id?: string;
  readonly action: string;
  readonly target: string;
  readonly changes: Changes;
}

export interface Entry {
  readonly organisation: string;
  /** Such as `user.create`. */
  readonly action: string;
  /** Such as `user:<uuid>`. */
  readonly target: string;
  readonly changes?: Changes;
}

export interface AuditFilter {
  readonly limit: number;
  readonly cursor?: string;
  readonly action?: string;
  readonly target?: string;
}

export interface Audit {
  /** The step that records a change, for the transaction that makes it. */
  step(author: Author, entry: Entry): Step;
  list(organisation: string, filter: AuditFilter): Promise<Page<AuditRecord>>;
}

/** Who acts for the service itself. */
export const SYSTEM = 'system';
/** The same where no request is the cause. */
export const BY_ITSELF: Author = { id: SYSTEM, requestId: undefined };

/** No record is older than the service. */
const FIRST_MONTH = '2026-01';
const MAX_ITEMS = 1_000;
const MAX_MONTHS = 24;
const PAGE = 200;

const monthOf = (ms: number) => new Date(ms).toISOString().slice(0, 7);

/** Changes of accounts, in a partition for each month, newest first. Nothing changes or removes a record. */
export function createAudit(table: Table, clock: Clock, cursors: Cursors): Audit {
  async function list(organisation: string, filter: AuditFilter): Promise<Page<AuditRecord>> {
    const { limit, cursor, action, target } = filter;
    const scope = [organisation, 'audit', action ?? null, target ?? null];
    const start = cursor === undefined ? undefined : (cursors.open(scope, cursor) as [string, string | null]);
    let [month, after] = [start?.[0] ?? monthOf(clock.now()), start?.[1] ?? undefined];
    const items: AuditRecord[] = [];
    const next = () => cursors.seal(scope, [month, after]);
    for (let read = 0, months = 0; month >= FIRST_MONTH; ) {
      if (read >= MAX_ITEMS || months >= MAX_MONTHS) return { items, next: next(), partial: true };
      const page = await table.query({ pk: auditOf(organisation, month), after, reverse: true, limit: PAGE });
      for (const item of page.items) {
        after = item.sk;
        if ((action ?? item.action) !== item.action || (target ?? item.target) !== item.target) continue;
        items.push(fromItem(item));
        if (items.length === limit) return { items, next: next() };
      }
      read += page.items.length;
      after = page.next;
      if (after !== undefined) continue;
      month = monthBefore(month);
      months++;
    }
    return { items, next: null };
  }

  return {
    step({ id: actor, requestId }, { organisation, action, target, changes = {} }) {
      const now = clock.now();
      const at = new Date(now).toISOString();
      const place = { pk: auditOf(organisation, monthOf(now)), sk: newUuid(now) };
      const cause = requestId === undefined ? {} : { request_id: requestId };
      const item: Item = { ...place, kind: 'audit', schema: 1, at, actor, ...cause, action, target, changes };
      return { action: { type: 'put', item, condition: { exists: false } } };
    },
    list,
  };
}

/** The members in which two states of a record differ. */
export function changesBetween(
  before: object | undefined,
  after: object | undefined,
  names: readonly string[],
): Changes {
  const [was, is] = [before, after] as (Readonly<Record<string, Value | undefined>> | undefined)[];
  const differing = names.filter((name) => JSON.stringify(was?.[name]) !== JSON.stringify(is?.[name]));
  return Object.fromEntries(
    differing.map((name) => {
      const [from, to] = [was?.[name], is?.[name]];
      return [name, { ...(from !== undefined && { from }), ...(to !== undefined && { to }) }];
    }),
  );
}

function monthBefore(month: string): string {
  return monthOf(Date.parse(`${month}-01`) - 1);
}

function fromItem({ sk, at, actor, request_id, action, target, changes }: Item): AuditRecord {
  const cause = request_id === undefined ? {} : { request_id };
  return { uuid: sk, at, actor, ...cause, action, target, changes } as AuditRecord;
}
