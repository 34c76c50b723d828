import { fail, pointer } from '../../kernel/errors.ts';
import { patched } from '../json-patch.ts';
import type { EntityInput, EntityView } from './model.ts';

/** What of an entity a patch sees: the rest is not for callers to change. */
type Patchable = Pick<EntityView, 'fields' | 'tags' | 'owners'>;

/** Makes the new state of an entity from its current one, by a patch of either kind. */
export function patcher(mediaType: string | undefined, body: unknown): (current: EntityView) => EntityInput {
  const apply = patched<Patchable>(mediaType, body);
  return ({ fields, tags, owners }) => {
    const draft = apply({ fields, tags, owners }) as EntityInput & Record<string, unknown>;
    const { fields: newFields, tags: newTags, owners: newOwners, ...others } = draft;
    const [strange] = Object.keys(others);
    if (strange === undefined) return draft;
    throw fail('malformed', 'unknown_field', `There is nothing to change at ${pointer(strange)}.`);
  };
}
