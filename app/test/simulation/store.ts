import { ConditionFailed } from '../../src/table/failures.ts';
import {
  type Action,
  type Condition,
  type Item,
  type Key,
  keyOf,
  type Query,
  type QueryResult,
} from '../../src/table/table.ts';

/** The one table that all instances share: each call is a single step, always strongly consistent. */
export interface Store {
  get(key: Key): Item | undefined;
  query(query: Query): QueryResult;
  write(actions: readonly Action[]): void;
}

/** A table in its simplest form. All keys of the simulation are ASCII, and nothing in it expires. */
export function createStore(written: (actions: readonly Action[]) => void = () => {}): Store {
  const partitions = new Map<string, Map<string, Item>>();

  const get = ({ pk, sk }: Key) => partitions.get(pk)?.get(sk);

  function put(item: Item): void {
    const partition = partitions.get(item.pk) ?? new Map<string, Item>();
    partitions.set(item.pk, partition.set(item.sk, item));
  }

  function apply(action: Action): void {
    if (action.type === 'put') put(action.item);
    else if (action.type === 'delete') partitions.get(action.key.pk)?.delete(action.key.sk);
    else if (action.type === 'update') throw new Error('The simulation updates nothing.');
  }

  return {
    get,
    query({ pk, from = '', to = '~', after = '', limit }) {
      const found = [...(partitions.get(pk)?.values() ?? [])]
        .filter(({ sk }) => sk >= from && sk <= to && sk > after)
        .sort((a, b) => (a.sk < b.sk ? -1 : 1));
      const items = found.slice(0, limit);
      return found.length > limit ? { items, next: items.at(-1)!.sk } : { items };
    },
    write(actions) {
      const failed = actions.flatMap((action, i) => (holds(action.condition, get(keyOf(action))) ? [] : [i]));
      if (failed.length > 0) throw new ConditionFailed(failed);
      actions.forEach(apply);
      written(actions);
    },
  };
}

function holds(condition: Condition | undefined, item: Item | undefined): boolean {
  if (condition?.exists !== undefined && condition.exists !== (item !== undefined)) return false;
  return Object.entries(condition?.equals ?? {}).every(([name, value]) => item?.[name] === value);
}
