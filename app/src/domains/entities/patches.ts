import { applyPatch, type Operation } from 'rfc6902';
import { fail, pointer } from '../../kernel/errors.ts';
import { mergePatch } from '../../kernel/merge-patch.ts';
import type { EntityInput, EntityView } from './model.ts';

/** What of an entity a patch sees: the rest is not for callers to change. */
type Patchable = Pick<EntityView, 'fields' | 'tags' | 'owners'>;

export const JSON_PATCH = 'application/json-patch+json';

/** Makes the new state of an entity from its current one, by a JSON merge patch or, by media type, a JSON Patch. */
export function patcher(mediaType: string | undefined, body: unknown): (current: EntityView) => EntityInput {
  const isList = Array.isArray(body);
  if (isList !== (mediaType === JSON_PATCH)) {
    const detail = `A ${JSON_PATCH} body is an array of operations; any other patch is an object.`;
    throw fail('malformed', 'malformed_patch', detail);
  }
  return ({ fields, tags, owners }) => {
    const current: Patchable = { fields, tags, owners };
    return (isList ? applied(current, body as Operation[]) : mergePatch(current, body)) as EntityInput;
  };
}

/** RFC 6902: all operations or none. A failed `test` is a conflict; a path that leads nowhere breaks a rule. */
function applied(current: Patchable, operations: readonly Operation[]): unknown {
  const draft = structuredClone(current);
  for (const [i, error] of applyPatch(draft, [...operations]).entries()) {
    if (error === null) continue;
    const code = error.name === 'TestError' ? 'patch_test_failed' : 'invalid_patch';
    const detail = `Operation ${i} (${operations[i]?.op} ${operations[i]?.path}) cannot be applied.`;
    const kind = error.name === 'TestError' ? 'conflict' : 'invalid';
    throw fail(kind, code, detail, { errors: [{ pointer: pointer(i), code, detail }] });
  }
  const { fields, tags, owners, ...others } = draft as Patchable & Record<string, unknown>;
  if (Object.keys(others).length > 0) {
    throw fail(
      'malformed',
      'unknown_field',
      `There is nothing to change at ${pointer(Object.keys(others)[0]!)}.`,
    );
  }
  return { fields, tags, owners };
}
