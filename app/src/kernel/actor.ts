export type Role = 'admin' | 'editor' | 'reader' | 'none';

/** Who asks. Made once per request from verified credentials; never from the URL or the body. */
export interface Actor {
  /** Stable name of the caller, such as `anonymous` or `user:<uuid>`. */
  readonly id: string;
  readonly organisation: string;
  readonly role: Role;
}

/** What a route demands of its caller. `public` must be said; there is no default. */
export type Permission = 'public' | `${string}:${'read' | 'write' | 'admin'}`;

const RANK: Record<Role, number> = { none: 0, reader: 1, editor: 2, admin: 3 };
const NEEDED: Record<string, number> = { read: 1, write: 2, admin: 3 };

/** Roles are ordered: a reader reads, an editor also writes, an admin does all. */
export function allows(actor: Actor, permission: Permission): boolean {
  if (permission === 'public') return true;
  const action = permission.slice(permission.lastIndexOf(':') + 1);
  return RANK[actor.role] >= (NEEDED[action] ?? Number.POSITIVE_INFINITY);
}

export const DEFAULT_ORGANISATION = 'default';
