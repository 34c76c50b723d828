import { key } from '../../table/keys.ts';
import type { Item, Key } from '../../table/table.ts';

/** A switch of the whole installation. */
export interface Flag {
  readonly name: string;
  readonly enabled: boolean;
  readonly description: string;
  readonly version: number;
  readonly created_at: string;
  readonly updated_at: string;
}

/** What is answered of a flag that nobody has set. */
export type UnsetFlag = Pick<Flag, 'name' | 'enabled'>;

/**
 * All flags stand in one partition. It belongs to no organisation, and to a scope of its own: what lies under
 * `system` is never cached, and flags are asked for too often for that.
 */
export const FLAGS = key('service', 'flags');
export const flagKey = (name: string): Key => ({ pk: FLAGS, sk: key(name) });

export function toItem(flag: Flag): Item {
  return { ...flagKey(flag.name), kind: 'flag', schema: 1, ...flag };
}

export function fromItem(item: Item): Flag {
  const { name, enabled, description, version, created_at, updated_at } = item as unknown as Flag;
  return { name, enabled, description, version, created_at, updated_at };
}

export const unset = (name: string): UnsetFlag => ({ name, enabled: false });

/** The strong validator; the time tells a flag from its successor of the same name. */
export function etagOf(flag: Flag | UnsetFlag): string {
  return 'version' in flag ? `"${flag.version}-${Date.parse(flag.created_at)}"` : '"unset"';
}
