import Joi from 'joi';
import { applyPatch, type Operation } from 'rfc6902';
import { fail, pointer } from '../kernel/errors.ts';
import { mergePatch } from '../kernel/merge-patch.ts';

export const JSON_PATCH = 'application/json-patch+json';

/** RFC 6902. */
export const jsonPatch = Joi.array()
  .items(
    Joi.object({
      op: Joi.valid('add', 'remove', 'replace', 'move', 'copy', 'test').required(),
      path: Joi.string().pattern(/^\//, 'JSON pointer').max(2000).required(),
      from: Joi.string().pattern(/^\//, 'JSON pointer').max(2000),
      value: Joi.any(),
    }),
  )
  .max(100);

/** Makes the new state of a document from its current one, by a JSON merge patch or, by media type, a JSON Patch. */
export function patched<T>(mediaType: string | undefined, body: unknown): (current: T) => unknown {
  const isList = Array.isArray(body);
  if (isList !== (mediaType === JSON_PATCH)) {
    const detail = `A ${JSON_PATCH} body is an array of operations; any other patch is an object.`;
    throw fail('malformed', 'malformed_patch', detail);
  }
  return (current) => (isList ? applied(current, body as Operation[]) : mergePatch(current, body));
}

/** All operations or none. A failed `test` is a conflict; a path that leads nowhere breaks a rule. */
function applied<T>(current: T, operations: readonly Operation[]): T {
  const draft = structuredClone(current);
  for (const [i, error] of applyPatch(draft, [...operations]).entries()) {
    if (error === null) continue;
    const code = error.name === 'TestError' ? 'patch_test_failed' : 'invalid_patch';
    const detail = `Operation ${i} (${operations[i]?.op} ${operations[i]?.path}) cannot be applied.`;
    const kind = error.name === 'TestError' ? 'conflict' : 'invalid';
    throw fail(kind, code, detail, { errors: [{ pointer: pointer(i), code, detail }] });
  }
  return draft;
}
