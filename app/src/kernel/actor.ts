/** The built-in roles. An organisation may define further ones, each a list of scopes. */
export type Role = 'admin' | 'editor' | 'reader' | 'none';

/** Who asks. Made once per request from verified credentials; never from the URL or the body. */
export interface Actor {
  /** Stable name of the caller: `anonymous`, `user:<uuid>`, `key:<id>` or `issuer:<name>:<subject>`. */
  readonly id: string;
  readonly organisation: string;
  /** Name of a built-in role, or of one that the organisation defined. */
  readonly role: string;
  /** What a role that the organisation defined allows, as `<resource>:<action>`; `*` stands for all. */
  readonly scopes?: readonly string[];
  /** Whatever the role allows: an API key may be used for no more than this. */
  readonly within?: readonly string[];
  /** Uuid of the user who asks, or on whose behalf a key asks. */
  readonly user?: string;
  /** Uuids of the groups that the user is a member of. */
  readonly groups?: readonly string[];
  /** The log-in by which the user asks; an API key has none. */
  readonly session?: string;
}

/** Who changes something, and by which request, if by any: what is written down of it. */
export interface Author {
  /** As an actor is called, or `cli` or `system`. */
  readonly id: string;
  /** As the caller is told and the log says it. */
  readonly requestId: string | undefined;
}

/** What a route demands of its caller. `public` must be said; there is no default. */
export type Permission = 'public' | 'signed_in' | `${string}:${'read' | 'write' | 'admin'}`;

/** A reader reads, an editor also writes, an admin does all; who may manage accounts is an admin. */
export const ROLE_SCOPES: Readonly<Record<Role, readonly string[]>> = {
  none: [],
  reader: ['*:read'],
  editor: ['*:read', '*:write'],
  admin: ['*:*'],
};

export const ANONYMOUS = 'anonymous';

export const isSignedIn = (actor: Actor) => actor.id !== ANONYMOUS;

export function allows(actor: Actor, permission: Permission): boolean {
  if (permission === 'public') return true;
  if (permission === 'signed_in') return isSignedIn(actor);
  const scopes = actor.scopes ?? ROLE_SCOPES[actor.role as Role] ?? [];
  return grants(scopes, permission) && (actor.within === undefined || grants(actor.within, permission));
}

/** Asked with every request, of few lists, about few permissions. */
const answers = new WeakMap<readonly string[], Map<string, boolean>>();

/** Whether one of these scopes covers the permission. */
export function grants(scopes: readonly string[], permission: string): boolean {
  const known = answers.get(scopes) ?? new Map<string, boolean>();
  const before = known.get(permission);
  if (before !== undefined) return before;
  const answer = isGranted(scopes, permission);
  answers.set(scopes, known.set(permission, answer));
  return answer;
}

function isGranted(scopes: readonly string[], permission: string): boolean {
  const colon = permission.lastIndexOf(':');
  const resource = permission.slice(0, colon);
  const action = permission.slice(colon + 1);
  return scopes.some((scope) => {
    const at = scope.lastIndexOf(':');
    return isCovered(scope.slice(0, at), resource) && isCovered(scope.slice(at + 1), action);
  });
}

const isCovered = (pattern: string, name: string) => pattern === '*' || pattern === name;

export const DEFAULT_ORGANISATION = 'default';
