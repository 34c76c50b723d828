import { isExpired } from '../../table/expiry.ts';
import { itemTooLarge, misused } from '../../table/failures.ts';
import { isPlain } from '../../table/rules.ts';
import { type Action, type Item, type Key, keyOf, LIMITS } from '../../table/table.ts';
import { itemBytes } from '../../table/values.ts';
import { writeUnits } from './capacity.ts';
import { holds } from './conditions.ts';
import { type Row, rowOf } from './rows.ts';

/** What a write would do to the table as it is now. Nothing is changed while planning. */
export interface Plan {
  /** Rows to save or (no row) to remove; empty when a condition failed. */
  readonly changes: readonly { readonly key: Key; readonly row?: Row | undefined }[];
  /** Positions of the actions whose conditions do not hold. */
  readonly failed: readonly number[];
  readonly units: number;
}

type Update = Extract<Action, { type: 'update' }>;

/**
 * The rows that the puts of a write will store, by position. Checks the values of updates as well, so that a
 * bad value is refused whether or not the conditions hold. Throws `misused` or `itemTooLarge`.
 */
export function rowsToPut(actions: readonly Action[]): (Row | undefined)[] {
  return actions.map((action) => {
    if (action.type === 'update') itemBytes(action.set ?? {});
    return action.type === 'put' ? rowOf(action.item) : undefined;
  });
}

/** Throws `misused` or `itemTooLarge` when the outcome is nothing that DynamoDB would store. */
export function planWrite(
  actions: readonly Action[],
  puts: readonly (Row | undefined)[],
  find: (key: Key) => Row | undefined,
  now: number,
): Plan {
  const changes: { key: Key; row?: Row | undefined }[] = [];
  const failed: number[] = [];
  const price = isPlain(actions) ? 1 : 2;
  let units = 0;
  let bytes = 0;
  for (const [position, action] of actions.entries()) {
    const key = keyOf(action);
    const stored = find(key);
    const row = stored && !isExpired(stored.expiresAt, now) ? stored : undefined;
    if (!goesAhead(action, row)) {
      failed.push(position);
      continue;
    }
    const next = action.type === 'update' ? rowOf(updated(row, action)) : puts[position];
    const larger = Math.max(stored?.bytes ?? 0, next?.bytes ?? 0);
    units += price * writeUnits(larger);
    bytes += larger;
    if (action.type !== 'check') changes.push({ key, row: next });
  }
  if (failed.length > 0) return { changes: [], failed, units: 0 };
  if (bytes > LIMITS.transactionBytes) throw itemTooLarge();
  return { changes, failed, units };
}

function goesAhead(action: Action, row: Row | undefined): boolean {
  if (action.type === 'update' && !row && !action.creates) return false;
  return !action.condition || holds(action.condition, row !== undefined, () => parse(row));
}

function parse(row: Row | undefined): Item {
  return JSON.parse(row?.text ?? '{}');
}

function updated(row: Row | undefined, { key, set, remove = [], add = {} }: Update): Item {
  const next: Record<string, unknown> = row ? parse(row) : { ...key };
  for (const [name, value] of Object.entries(set ?? {})) if (value !== undefined) next[name] = value;
  for (const name of remove) delete next[name];
  for (const [name, by] of Object.entries(add)) {
    const had = next[name] ?? (name in next ? null : 0);
    if (typeof had !== 'number') throw misused(`The attribute ${name} is no number to add to.`);
    next[name] = had + by;
  }
  return next as Item;
}
