import { misused } from './failures.ts';
import { type Action, keyOf } from './table.ts';

/**
 * A scope is the part of the table that a cache treats as one: all partitions whose keys begin with the same three
 * parts. `acme#entity#<uuid>` is an entity with its links, `acme#type#city` every listing and index of a type,
 * `acme#types` all definitions. A write fences the scopes that it touches; a cached answer depends on scopes.
 */
const PARTS = 3;

/** Partitions of this kind are shown, as a whole, by the listings of a collection. */
const MEMBER = 'entity';
const COLLECTION = 'type';
/** Definitions, users, roles and flags are needed for every request, so that instances remember them. */
const REMEMBERED: ReadonlySet<string> = new Set(['types', 'user', 'roles', 'flags']);
/** Never part of a cached answer: remembered replies, and what the service keeps for itself. */
const REPLY = 'reply';
const SYSTEM = 'system';

/** The scope of a partition; undefined for what may never be cached. */
export function scopeOf(pk: string): string | undefined {
  const first = pk.indexOf('#');
  if (first < 0 || pk.startsWith(`${SYSTEM}#`)) return undefined;
  if (kindOf(pk) === REPLY) return undefined;
  let end = first;
  for (let part = 2; part <= PARTS && end >= 0; part++) end = pk.indexOf('#', end + 1);
  return end < 0 ? pk : pk.slice(0, end);
}

/**
 * All scopes that a write touches. Whoever writes to a member says in one of the actions which collection shows
 * it, because its key does not tell; throws `misused` for a write that keeps it to itself.
 */
export function scopesOf(actions: readonly Action[]): string[] {
  const scopes = new Set<string>();
  const silent = new Set<string>();
  const told = new Set<string>();
  for (const action of actions) {
    const { pk } = keyOf(action);
    const scope = scopeOf(pk);
    if (scope === undefined || action.type === 'check') continue;
    scopes.add(scope);
    if (action.collection !== undefined) {
      scopes.add(action.collection);
      told.add(scope);
    } else if (kindOf(pk) === MEMBER) {
      silent.add(scope);
    }
  }
  for (const scope of silent) {
    if (!told.has(scope)) throw misused(`A write to ${scope} does not say which collection shows it.`);
  }
  return [...scopes];
}

/**
 * Whether an answer that depends on these scopes changes with every write to the partition: its own scope is one
 * of them, or it is a member and one of them is a collection, which every write to its members fences too.
 */
export function covers(scopes: readonly string[], pk: string): boolean {
  const scope = scopeOf(pk);
  if (scope === undefined) return false;
  if (scopes.includes(scope)) return true;
  return kindOf(pk) === MEMBER && scopes.some((one) => kindOf(one) === COLLECTION && sameOwner(one, pk));
}

/** Whether instances keep things of this scope at hand; see `memo.ts`. */
export const isRemembered = (scope: string): boolean => REMEMBERED.has(kindOf(scope));

const sameOwner = (a: string, b: string) => a.slice(0, a.indexOf('#')) === b.slice(0, b.indexOf('#'));

function kindOf(pk: string): string {
  const start = pk.indexOf('#') + 1;
  const end = pk.indexOf('#', start);
  return end < 0 ? pk.slice(start) : pk.slice(start, end);
}
