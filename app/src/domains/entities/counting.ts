import type { Action } from '../../table/table.ts';

/** One action on an item that counts what another one counts, too. */
export function counting(one: Action, touch: Action): Action {
  if (touch.type !== 'update' || (one.type !== 'put' && one.type !== 'update')) return one;
  const { set, add = {} } = touch;
  const from = one.type === 'put' ? one.item : (one.add ?? {});
  const sums = Object.entries(add).map(([name, by]) => [name, Number(from[name] ?? 0) + by]);
  if (one.type === 'put') return { ...one, item: { ...one.item, ...set, ...Object.fromEntries(sums) } };
  return { ...one, set: { ...one.set, ...set }, add: { ...one.add, ...Object.fromEntries(sums) } };
}
