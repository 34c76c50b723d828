import { keyText } from '../../../table/rules.ts';
import type { Step } from '../../../table/steps.ts';
import { type Action, keyOf, LIMITS } from '../../../table/table.ts';
import { counting } from '../counting.ts';
import type { Work } from './plan.ts';

/** Rows of more bytes do not share a transaction, which may hold 4 MB. */
const MOST_BYTES = 1024 * 1024;

/** Rows that are written in one transaction. */
export interface Bundle {
  readonly works: readonly Work[];
  /** Items that other rows may want to write too. */
  readonly keys: ReadonlySet<string>;
  /** Adds the row if there is room and no item would be written twice. */
  add(work: Work): boolean;
  /** The transaction, and by position the rows that each action stands for. */
  actions(): { readonly actions: readonly Action[]; readonly owners: readonly (readonly Work[])[] };
}

export function createBundle(): Bundle {
  const works: Work[] = [];
  const keys = new Set<string>();
  const own = new Set<string>();
  /** What each of the counting actions demands, by item. */
  const touched = new Map<string, string>();
  let count = 0;
  let bytes = 0;

  function add(work: Work): boolean {
    const shared = work.steps.filter(isShared).map(nameOf);
    const touches = work.touches.map(nameOf);
    const demands = work.touches.map(({ action }) => JSON.stringify(action.condition));
    const size = count + work.steps.length + touches.filter((name) => !touched.has(name)).length;
    const differs = touches.some((name, i) => (touched.get(name) ?? demands[i]) !== demands[i]);
    const meets = shared.some((name) => keys.has(name)) || touches.some((name) => own.has(name));
    const collides = differs || meets;
    const isFull = size > LIMITS.actions || bytes + work.row.bytes > MOST_BYTES;
    if (works.length > 0 && (collides || isFull)) return false;
    works.push(work);
    for (const name of shared) own.add(name);
    for (const [i, name] of touches.entries()) touched.set(name, demands[i]!);
    for (const name of [...shared, ...touches]) keys.add(name);
    count = size;
    bytes += work.row.bytes;
    return true;
  }

  return { works, keys, add, actions: () => actionsOf(works) };
}

/** An index entry holds the uuid of its entity, and a new entity is one row's own: no other row writes them. */
const isShared = ({ action }: Step) =>
  action.type !== 'put' || (action.condition !== undefined && action.item.kind !== 'entity');
const nameOf = ({ action }: Step) => keyText(keyOf(action));

/** What several rows count in one item is counted there by one action. */
function actionsOf(works: readonly Work[]) {
  const actions: Action[] = [];
  const owners: Work[][] = [];
  const places = new Map<string, number>();
  for (const work of works) {
    for (const { action } of work.steps) owners[actions.push(action) - 1] = [work];
    for (const touch of work.touches) {
      const name = nameOf(touch);
      const place = places.get(name);
      if (place === undefined) {
        places.set(name, actions.push(touch.action) - 1);
        owners.push([work]);
      } else {
        actions[place] = counting(actions[place]!, touch.action);
        owners[place]!.push(work);
      }
    }
  }
  return { actions, owners };
}
