import type { Condition, Item } from '../../table/table.ts';

/**
 * Whether a condition holds of a stored item. `load` parses the item: conditions on existence alone, which
 * are the most common, do not need it.
 */
export function holds(condition: Condition, exists: boolean, load: () => Item): boolean {
  if (condition.exists !== undefined && condition.exists !== exists) return false;
  if (condition.equals !== undefined && !(exists && equal(condition.equals, load()))) return false;
  if (condition.missing?.length && exists && !absent(condition.missing, load())) return false;
  return !condition.anyOf?.length || condition.anyOf.some((one) => holds(one, exists, load));
}

function equal(wanted: NonNullable<Condition['equals']>, item: Item): boolean {
  return Object.entries(wanted).every(([name, value]) => item[name] === value);
}

function absent(names: readonly string[], item: Item): boolean {
  return names.every((name) => item[name] === undefined);
}
