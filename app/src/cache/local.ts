import { LRUCache } from 'lru-cache';
import type { Place } from './cells.ts';
import type { Representation } from './representation.ts';

/** Representations that this process has at hand. Their tokens are checked all the same; only the way is shorter. */
export interface Local {
  get(at: Place): Representation | undefined;
  set(at: Place, representation: Representation): void;
}

/** What an entry costs beside its body. */
const OVERHEAD_BYTES = 500;

export function createLocal(maxBytes: number): Local {
  const cache = new LRUCache<string, Representation>({
    maxSize: maxBytes,
    sizeCalculation: ({ body }) => body.length + OVERHEAD_BYTES,
  });
  const nameOf = ({ scope, name }: Place) => `${scope} ${name}`;
  return {
    get: (at) => cache.get(nameOf(at)),
    set: (at, representation) => void cache.set(nameOf(at), representation),
  };
}
