import { type Actor, allows, DEFAULT_ORGANISATION, type Permission } from '../../kernel/actor.ts';
import { fail } from '../../kernel/errors.ts';
import type { TypeDefinition } from '../../schema/definition.ts';
import type { EntityRecord, Owners } from './model.ts';

export const OWNER_KINDS = ['users', 'groups', 'organisations'] as const;
export type OwnerKind = (typeof OWNER_KINDS)[number];

export const hasOwners = (owners: Owners) => OWNER_KINDS.some((kind) => owners[kind].length > 0);

/**
 * What reaching a built-in type as entities demands besides: the permission of its own resource as well, and to write
 * to some of them, an account.
 */
export const demandsOf =
  (builtIns: ReadonlyMap<string, TypeDefinition>, action: 'read' | 'write') =>
  ({ type = '' }: Readonly<Record<string, string>>): readonly Permission[] => {
    const definition = builtIns.get(type);
    if (!definition) return [];
    const own: Permission = `${type}:${action}`;
    return action === 'write' && definition.rules?.signedIn ? [own, 'signed_in'] : [own];
  };

/**
 * Throws 403 unless the caller may change the record. One without owners belongs to everybody who may write; one
 * with owners to them (users, members of groups, everybody of an organisation), and to those who manage owners.
 */
export function requireOwner(actor: Actor, { type, uuid, owners }: EntityRecord): void {
  if (!hasOwners(owners) || isOwner(actor, owners) || allows(actor, 'owners:admin')) return;
  throw fail('forbidden', 'not_an_owner', `Only its owners may change ${type} ${uuid}.`);
}

function isOwner({ user, groups = [], organisation }: Actor, owners: Owners): boolean {
  return (
    (user !== undefined && owners.users.includes(user)) ||
    owners.groups.some((group) => groups.includes(group)) ||
    // Everybody without an account stands in the default organisation.
    (user !== undefined || organisation !== DEFAULT_ORGANISATION
      ? owners.organisations.includes(organisation)
      : false)
  );
}

/** Throws 409 for a change that would take the last owner away. */
export function requireLastOwner(before: Owners, after: Owners): void {
  if (!hasOwners(before) || hasOwners(after)) return;
  throw fail('conflict', 'last_owner', 'A record that has owners keeps at least one.');
}
