import { createHash } from 'node:crypto';
import type { Actor } from '../kernel/actor.ts';
import { type Document, type RuntimeType, withRuntimeTypes } from './openapi.ts';

export interface Description {
  readonly bytes: Uint8Array;
  readonly etag: string;
}

/** Makes the function that renders the API description for a caller, with the entity types that caller sees. */
export function describeFor(
  document: Document,
  runtimeTypes: (actor: Actor) => Promise<readonly RuntimeType[]>,
): (actor: Actor) => Promise<Description> {
  return async (actor) => {
    const types = await runtimeTypes(actor);
    const bytes = Buffer.from(JSON.stringify(withRuntimeTypes(document, types)));
    return { bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"` };
  };
}
