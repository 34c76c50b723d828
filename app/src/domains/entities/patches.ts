import { fail, pointer } from '../../kernel/errors.ts';
import type { TypeDefinition } from '../../schema/definition.ts';
import { afterPatch, underAllNames } from '../../schema/former.ts';
import { patched } from '../json-patch.ts';
import type { EntityInput, EntityView } from './model.ts';

/** What of an entity a patch sees: the rest is not for callers to change. */
type Patchable = Pick<EntityView, 'fields' | 'tags' | 'owners'>;

export type Patcher = (current: EntityView, definition: TypeDefinition) => EntityInput;

/** Fields by their names of today; what is no object at all is left for the schema to refuse. */
function named(definition: TypeDefinition, before: EntityView['fields'], after: EntityInput['fields']) {
  const isObject = typeof after === 'object' && after !== null && !Array.isArray(after);
  return isObject ? { fields: afterPatch(definition, before, after) } : {};
}

/** Makes the new state of an entity from its current one, by a patch of either kind. */
export function patcher(mediaType: string | undefined, body: unknown): Patcher {
  const apply = patched<Patchable>(mediaType, body);
  return ({ fields, tags, owners }, definition) => {
    const seen = { fields: underAllNames(definition, fields) as EntityView['fields'], tags, owners };
    const draft = apply(seen) as EntityInput & Record<string, unknown>;
    const { fields: newFields, tags: newTags, owners: newOwners, ...others } = draft;
    const [strange] = Object.keys(others);
    if (strange === undefined) return { ...draft, ...named(definition, fields, newFields) };
    throw fail('malformed', 'unknown_field', `There is nothing to change at ${pointer(strange)}.`);
  };
}
