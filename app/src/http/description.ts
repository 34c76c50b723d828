import { createHash } from 'node:crypto';
import type { Actor } from '../kernel/actor.ts';
import { type Document, type RuntimeType, withRuntimeTypes } from './openapi.ts';

export interface Description {
  readonly bytes: Uint8Array;
  readonly etag: string;
}

/**
 * Makes the function that renders the API description for a caller, with the entity types that caller sees. What all
 * callers see is made when it is first asked for: that takes longer than everything else at a start.
 */
export function describeFor(
  describe: () => Document,
  runtimeTypes: (actor: Actor) => Promise<readonly RuntimeType[]>,
): (actor: Actor) => Promise<Description> {
  let document: Document | undefined;
  return async (actor) => {
    document ??= describe();
    const types = await runtimeTypes(actor);
    const bytes = Buffer.from(JSON.stringify(withRuntimeTypes(document, types)));
    return { bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"` };
  };
}
