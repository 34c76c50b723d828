import { misused } from '../failures.ts';
import { parts } from '../keys.ts';
import { type Action, keyOf } from '../table.ts';
import type { Told } from './change.ts';

/** Sort key of an entity in its partition, and the end of the partition of an organisation's types. */
const ENTITY = 'entity';
const TYPES = '#types';
/** Names a deletion in what it will remove. */
const DOOMED = 'doomed';

/** What a write changes, by organisation. Recognised by keys, as scopes are, so that no domain has to tell. */
export function changesOf(actions: readonly Action[]): Map<string, Told[]> {
  const changes = new Map<string, Told[]>();
  for (const action of actions) {
    const { pk, sk } = keyOf(action);
    const told = sk === ENTITY ? entityChange(action, pk) : typeChange(action, pk, sk);
    if (!told) continue;
    const organisation = parts(pk)[0]!;
    const list = changes.get(organisation);
    if (list) list.push(told);
    else changes.set(organisation, [told]);
  }
  return changes;
}

function entityChange(action: Action, pk: string): Told | undefined {
  const [, scope, uuid] = parts(pk);
  if (scope !== ENTITY || uuid === undefined || action.type === 'check' || isUnseen(action)) return undefined;
  const type = action.collection === undefined ? undefined : parts(action.collection)[2];
  if (type === undefined) throw misused(`A write to ${pk} does not say which collection shows it.`);
  return { kind: 'entity', change: changeBy(action), type, uuid, version: versionBy(action) };
}

/** An entity is to callers what it was while neither its version moves nor the count of its links. */
function isUnseen(action: Action): boolean {
  if (action.type !== 'update') return false;
  const { set = {}, add = {} } = action;
  return set.version === undefined && add.links_version === undefined;
}

/** A type that is deleted with its entities is gone when it is doomed; its item goes later. */
function typeChange(action: Action, pk: string, sk: string): Told | undefined {
  if (!pk.endsWith(TYPES) || action.type === 'check' || parts(pk).length !== 2) return undefined;
  const known = action.type === 'put' ? action.item : (action.condition?.equals ?? {});
  if (known[DOOMED] !== undefined) return undefined;
  const { name = parts(sk)[0], uuid } = known;
  if (typeof uuid !== 'string') throw misused(`A write to ${pk} does not say which type it means.`);
  const isDoomed = action.type === 'update' && action.set?.[DOOMED] !== undefined;
  const version = isDoomed ? numberOr(known.version) : versionBy(action);
  return { kind: 'type', change: isDoomed ? 'deleted' : changeBy(action), type: String(name), uuid, version };
}

function changeBy(action: Action): Told['change'] {
  if (action.type === 'delete') return 'deleted';
  return action.type === 'put' && action.condition?.exists === false ? 'created' : 'changed';
}

/** The version that is there afterwards, or was there last, as far as the action tells. */
function versionBy(action: Action): number | null {
  if (action.type === 'put') return numberOr(action.item.version);
  return numberOr(action.type === 'update' ? action.set?.version : action.condition?.equals?.version);
}

const numberOr = (value: unknown): number | null => (typeof value === 'number' ? value : null);
