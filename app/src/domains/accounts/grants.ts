import { type Actor, allows, DEFAULT_ORGANISATION, type Permission } from '../../kernel/actor.ts';
import { type FieldError, fail, invalid } from '../../kernel/errors.ts';

export const SCOPE = /^(\*|[a-z][a-z_-]{0,63}):(read|write|admin|\*)$/;

/** The resources that scopes may name: those that routes demand permissions of. */
export type Resources = () => ReadonlySet<string>;

/** Throws 422 for scopes that mean nothing: most likely a name is mistyped, and would never allow anything. */
export function requireKnown(scopes: readonly string[], resources: Resources): void {
  const known = resources();
  const errors = scopes.flatMap((scope, i): FieldError[] => {
    const resource = scope.slice(0, scope.lastIndexOf(':'));
    if (resource === '*' || known.has(resource)) return [];
    const detail = `There is no resource ${resource}; there are ${[...known].sort().join(', ')}.`;
    return [{ pointer: `/scopes/${i}`, code: 'unknown_scope', detail }];
  });
  if (errors.length > 0) throw invalid(errors);
}

/** Throws 403 unless the caller may do all this: nobody gives away more than they have. */
export function requireHeld(actor: Actor, scopes: readonly string[]): void {
  const missing = scopes.find((scope) => !allows(actor, scope as Permission));
  if (missing === undefined) return;
  throw fail('forbidden', 'beyond_own_rights', `Only who has the permission ${missing} can give it away.`);
}

/** Whether the caller looks after all organisations. */
export const managesOrganisations = (actor: Actor): boolean =>
  actor.organisation === DEFAULT_ORGANISATION && allows(actor, 'organisations:admin');

export function requireAllOrganisations(actor: Actor): void {
  if (managesOrganisations(actor)) return;
  throw fail('forbidden', 'forbidden', 'Only administrators of the default organisation may do this.');
}
