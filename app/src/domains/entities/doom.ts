import { key } from '../../table/keys.ts';
import type { Item, Key } from '../../table/table.ts';

/**
 * The record of a deletion that is too large for one transaction. Entities that it claims name it in `doomed`.
 * While it is `claiming` they are still there for everybody; the one write that makes it `decided` makes all of
 * them absent at once. Then they are cleared away, in as many transactions as it takes.
 */
export interface Deletion {
  readonly id: string;
  readonly phase: 'claiming' | 'decided';
  readonly organisation: string;
  readonly type: string;
  readonly uuid: string;
  /** Unix milliseconds until which the process that works on it may be taken for alive. */
  readonly lease_until: number;
}

export const deletionsPartition = key('system', 'deletions');
export const deletionKey = (id: string): Key => ({ pk: deletionsPartition, sk: key(id) });

export const deletionItem = (deletion: Deletion): Item => ({
  ...deletionKey(deletion.id),
  kind: 'deletion',
  schema: 1,
  ...deletion,
});

export const deletionFromItem = (item: Item): Deletion => item as unknown as Deletion;

/** A missing record means that the deletion is over, so whoever still names it was seen before its end. */
export const isDecided = (item: Item | undefined): boolean => item === undefined || item.phase === 'decided';
