import { LRUCache } from 'lru-cache';
import { ABSENT, type Cell, type Cells, type Place, WRITING } from '../../cache/cells.ts';
import type { Representation } from '../../cache/representation.ts';
import { epochOf, type Token } from '../../cache/tokens.ts';

export interface MemoryCellsOptions {
  /** Bytes that representations may take; the least recently used go first. */
  readonly maxBytes: number;
  /** Milliseconds of a clock that never jumps. */
  readonly ticks: () => number;
}

/** Open cells, of some 100 bytes; beyond so many the oldest go, which costs a miss. */
const MAX_OPEN = 100_000;
/** What an entry costs beside its bytes. */
const OVERHEAD_BYTES = 300;

/** Cells in this process: for the only process that writes to its store. Empty at every start. */
export function createMemoryCells({ maxBytes, ticks }: MemoryCellsOptions): Cells {
  // A plain map that is emptied from its oldest end walks over all the places that it has emptied before.
  const open = new LRUCache<string, Token>({ max: MAX_OPEN });
  /** By scope, the writes under way and when they run out. */
  const writing = new Map<string, Map<Token, number>>();
  const representations = new LRUCache<string, Representation>({
    maxSize: maxBytes,
    sizeCalculation: ({ body }) => body.length + OVERHEAD_BYTES,
  });
  const nameOf = ({ scope, name }: Place) => `${scope} ${name}`;

  /** Forgets writes that ran out; their writers cannot write any more. */
  function writersOf(scope: string): Map<Token, number> | undefined {
    const writers = writing.get(scope);
    if (!writers) return undefined;
    const now = ticks();
    for (const [token, until] of writers) if (until <= now) writers.delete(token);
    if (writers.size > 0) return writers;
    writing.delete(scope);
    return undefined;
  }

  const cellOf = (scope: string): Cell =>
    writing.size > 0 && writersOf(scope) ? WRITING : (open.peek(scope) ?? ABSENT);

  function commitOne(scope: string, token: Token, next: Token): void {
    const writers = writersOf(scope);
    if (!writers) {
      open.delete(scope);
      return;
    }
    const wasListed = writers.delete(token);
    if (writers.size > 0) return;
    writing.delete(scope);
    if (wasListed) open.set(scope, next);
  }

  return {
    async look(scopes, at) {
      return { cells: scopes.map(cellOf), representation: at && representations.get(nameOf(at)) };
    },
    async intend(scopes, token, ttlMs) {
      const until = ticks() + ttlMs;
      for (const scope of scopes) {
        const writers = writersOf(scope);
        if (writers) writers.set(token, until);
        else writing.set(scope, new Map([[token, until]]));
        open.delete(scope);
      }
    },
    async commit(scopes, token, next) {
      for (const scope of scopes) commitOne(scope, token, next);
    },
    async open(scope, token) {
      const cell = cellOf(scope);
      if (cell === WRITING || (cell !== ABSENT && epochOf(cell) >= epochOf(token))) return cell;
      open.set(scope, token);
      return token;
    },
    async drop(scopes) {
      for (const scope of scopes) open.delete(scope);
    },
    async fill(at, representation) {
      representations.set(nameOf(at), representation);
    },
    incarnation: () => 'memory',
    async close() {},
  };
}
