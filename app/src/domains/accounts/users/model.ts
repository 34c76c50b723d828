import type { Item } from '../../../table/table.ts';
import { userKey } from '../keys.ts';

export interface User {
  readonly uuid: string;
  readonly email: string;
  readonly name: string;
  readonly role: string;
  /** Uuids of the groups that the user is a member of. */
  readonly groups: readonly string[];
  readonly disabled: boolean;
  readonly organisation: string;
  readonly version: number;
  readonly created_at: string;
  readonly updated_at: string;
}

/** A user with what stays inside: the hash of the password. */
export interface StoredUser extends User {
  readonly password: string;
}

export function toItem(user: StoredUser): Item {
  return { ...userKey(user.organisation, user.uuid), kind: 'user', schema: 1, ...user };
}

export function fromItem(item: Item): StoredUser {
  return { ...viewOf(item as unknown as User), password: String(item.password) };
}

/** What leaves. Lists its members, so that nothing else can. */
export function viewOf(user: User): User {
  const { uuid, email, name, role, groups, disabled, organisation, version, created_at, updated_at } = user;
  return { uuid, email, name, role, groups, disabled, organisation, version, created_at, updated_at };
}

/** The strong validator of a record of accounts; the id tells it from its successors. */
export function etagOf({ version, uuid }: { readonly version: number; readonly uuid: string }): string {
  return `"${version}-${uuid.slice(-12)}"`;
}
