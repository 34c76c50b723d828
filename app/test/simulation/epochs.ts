import { COHERENCE, controlOf, isControl, putControl, putDirty } from '../../src/cache/records.ts';
import { SCOPES } from './records.ts';
import type { Store } from './store.ts';

/** Moves on to a new epoch, as an operator does after a change from outside. */
export function bumped(store: Store): void {
  const control = store.query({ pk: COHERENCE, limit: 1_000 }).items.find(isControl);
  if (!control) return;
  const before = controlOf(control);
  store.write([putControl({ ...before, epoch: before.epoch + 1 }, before)]);
}

/** So many records that a new epoch is cheaper than to follow them all. */
const MANY = 510;

/** What a long outage of the cells leaves behind. */
export function flooded(store: Store): void {
  for (let i = 0; i < MANY; i++) {
    store.write([putDirty({ id: `old-${i}`, scopes: [SCOPES[i % SCOPES.length]!], at: 0 })]);
  }
}
