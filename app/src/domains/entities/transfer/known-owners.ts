import { isDeepStrictEqual } from 'node:util';
import { type FieldError, invalid } from '../../../kernel/errors.ts';
import type { EntityRecord } from '../model.ts';
import type { UploadContext } from './context.ts';
import type { Row } from './row.ts';

/** Makes the check that a row names only owners that exist: the rows of a batch mostly name the same ones. */
export function knownOwners({ unknownOwners, actor }: UploadContext) {
  const asked = new Map<string, Promise<readonly FieldError[]>>();

  /** Throws 422 for owners that the organisation does not have. Those that an entity has already may stay. */
  return async function check({ owners }: Row, before: EntityRecord | undefined): Promise<void> {
    if (!owners || (before && isDeepStrictEqual(before.owners, { ...before.owners, ...owners }))) return;
    const name = JSON.stringify(owners);
    const answer = asked.get(name) ?? unknownOwners(actor.organisation, owners);
    asked.set(name, answer);
    const errors = await answer;
    if (errors.length > 0) throw invalid(errors);
  };
}
