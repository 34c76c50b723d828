import { ConditionFailed } from '../failures.ts';
import { key, parts } from '../keys.ts';
import type { Action, Condition, Item, Table } from '../table.ts';

/** Who works for a consumer, until when (Unix milliseconds). */
export interface Lease {
  readonly holder: string;
  readonly until: number;
}

export interface Progress {
  readonly lease: Lease | undefined;
  /** Up to where each organisation's changes are delivered. */
  readonly positions: ReadonlyMap<string, string>;
}

/** How far a consumer has come, and which instance works for it. Kept in the table, so that it outlives both. */
export interface Checkpoints {
  read(): Promise<Progress>;
  /** Puts a lease in the place of the one that was read; false if somebody else was faster. */
  take(before: Lease | undefined, next: Lease): Promise<boolean>;
  /** Moves on; false if the lease is another's by now or the checkpoint was moved. */
  advance(holder: string, organisation: string, before: string | undefined, next: string): Promise<boolean>;
  /** Moves the checkpoint wherever it is wanted, whoever works there; to the beginning without a position. */
  reset(organisation: string, position: string | undefined): Promise<void>;
}

const LEASE = 'lease';
const AT = 'at';

export function createCheckpoints(table: Table, consumer: string): Checkpoints {
  const pk = key('system', 'consumer', consumer);
  const placeOf = (organisation: string) => ({ pk, sk: key(AT, organisation) });

  async function read(): Promise<Progress> {
    const positions = new Map<string, string>();
    let lease: Lease | undefined;
    for (let after: string | undefined; ; ) {
      const page = await table.query({ pk, after, limit: 1_000 });
      for (const item of page.items) {
        if (item.sk === LEASE) lease = { holder: String(item.holder), until: Number(item.until) };
        else positions.set(parts(item.sk)[1]!, String(item.position));
      }
      if (page.next === undefined) return { lease, positions };
      after = page.next;
    }
  }

  const put = (item: Item, condition: Condition): Action => ({ type: 'put', item, condition });
  const isAt = (before: string | undefined): Condition =>
    before === undefined ? { exists: false } : { equals: { position: before } };
  const checkpoint = (organisation: string, position: string): Item => ({
    ...placeOf(organisation),
    kind: 'checkpoint',
    schema: 1,
    position,
  });

  return {
    read,
    take(before, next) {
      const item: Item = { pk, sk: LEASE, kind: LEASE, schema: 1, ...next };
      return done(table.write([put(item, before ? { equals: { ...before } } : { exists: false })]));
    },
    advance(holder, organisation, before, next) {
      const check: Action = { type: 'check', key: { pk, sk: LEASE }, condition: { equals: { holder } } };
      return done(table.write([check, put(checkpoint(organisation, next), isAt(before))]));
    },
    reset(organisation, position) {
      if (position === undefined) return table.write([{ type: 'delete', key: placeOf(organisation) }]);
      return table.write([put(checkpoint(organisation, position), {})]);
    },
  };
}

async function done(write: Promise<void>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionFailed) return false;
    throw error;
  }
}
