import type { Clock } from '../../src/kernel/ports.ts';
import { ConditionFailed } from '../../src/table/failures.ts';
import { compareKeys } from '../../src/table/keys.ts';
import {
  type Action,
  type Condition,
  type Item,
  type Key,
  keyOf,
  type Table,
} from '../../src/table/table.ts';

type Attributes = Record<string, Item[string]>;

/** The port as its comments describe it, in the most obvious way: what engines are compared with. */
export function modelTable(clock: Clock): Table {
  const items = new Map<string, Item>();
  const name = ({ pk, sk }: Key) => JSON.stringify([pk, sk]);
  const find = (key: Key) => {
    const item = items.get(name(key));
    return item && (item.expires_at ?? Number.POSITIVE_INFINITY) > clock.now() / 1000 ? item : undefined;
  };

  return {
    get: async (key) => find(key),
    getMany: async (keys) => keys.map(find),
    async query({ pk, from = '', to, after, reverse = false, limit }) {
      const beyond = (sk: string) => after === undefined || compareKeys(sk, after) * (reverse ? -1 : 1) > 0;
      const inRange = (sk: string) =>
        compareKeys(sk, from) >= 0 && (to === undefined || compareKeys(sk, to) <= 0) && beyond(sk);
      const found = [...items.values()]
        .filter((item) => item.pk === pk && find(item) && inRange(item.sk))
        .sort((a, b) => compareKeys(a.sk, b.sk) * (reverse ? -1 : 1));
      const page = found.slice(0, limit);
      return found.length > limit ? { items: page, next: page.at(-1)!.sk } : { items: page };
    },
    async write(actions) {
      const failed = actions.flatMap((action, i) => (goesAhead(action, find(keyOf(action))) ? [] : [i]));
      if (failed.length > 0) throw new ConditionFailed(failed);
      for (const action of actions) {
        const next = outcome(action, find(keyOf(action)));
        if (next) items.set(name(next), next);
        else items.delete(name(keyOf(action)));
      }
    },
    async close() {},
  };
}

function goesAhead(action: Action, item: Item | undefined): boolean {
  const isThere = action.type !== 'update' || item !== undefined || action.creates === true;
  return isThere && holds(action.condition ?? {}, item);
}

function holds({ exists, equals, missing = [], anyOf }: Condition, item: Item | undefined): boolean {
  if (exists !== undefined && exists !== (item !== undefined)) return false;
  if (equals && (!item || Object.entries(equals).some(([name, value]) => item[name] !== value))) return false;
  if (anyOf?.length && !anyOf.some((one) => holds(one, item))) return false;
  return missing.every((name) => item?.[name] === undefined);
}

function outcome(action: Action, item: Item | undefined): Item | undefined {
  if (action.type === 'put') return action.item;
  if (action.type === 'check') return item;
  if (action.type === 'delete') return undefined;
  const next: Attributes = { ...(item ?? action.key), ...action.set };
  for (const name of action.remove ?? []) delete next[name];
  for (const [name, by] of Object.entries(action.add ?? {})) next[name] = ((next[name] as number) ?? 0) + by;
  return next as Item;
}
