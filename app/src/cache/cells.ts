import type { Representation } from './representation.ts';
import type { Token } from './tokens.ts';

/**
 * The port to whatever holds the cache: a small cell for each scope, and representations beside them. A cell is
 * open (it holds a token), or lists the writes under way, or is absent. Losing any of it is always safe.
 */
export interface Cells {
  /** The cells of these scopes and the representation under a name, in one round trip. */
  look(scopes: readonly string[], at?: Place): Promise<Look>;
  /** Lists a write in each of the scopes, for at most `ttlMs`. Resolves once every one of them has it for certain. */
  intend(scopes: readonly string[], token: Token, ttlMs: number): Promise<void>;
  /**
   * Takes a write off the lists and opens each scope whose list is empty then with `next`. A scope that had lost
   * the write, and so may have been opened meanwhile, is emptied. Resolves once all of it is done for certain.
   */
  commit(scopes: readonly string[], token: Token, next: Token): Promise<void>;
  /** Opens an absent scope, or one of an older epoch, with this token; answers the cell as it is then. */
  open(scope: string, token: Token): Promise<Cell>;
  /** Empties scopes that are open. Those that list writes stay: their writers will roll the token. */
  drop(scopes: readonly string[]): Promise<void>;
  /** Keeps a representation for `ttlMs`. */
  fill(at: Place, representation: Representation, ttlMs: number): Promise<void>;
  /** Names the memory behind the port: another name means that it may have forgotten. Undefined while out of reach. */
  incarnation(): string | undefined;
  close(): Promise<void>;
}

/** A token, or one of the two other states. */
export type Cell = Token | typeof WRITING | typeof ABSENT;
export const WRITING = 'writing';
export const ABSENT = 'absent';

/** Where a representation is kept. */
export interface Place {
  readonly scope: string;
  readonly name: string;
}

export interface Look {
  /** In the order of the scopes asked for. */
  readonly cells: readonly Cell[];
  readonly representation?: Representation | undefined;
}

/** The cells cannot be asked now, or did not answer in time. Never the caller's fault, and never told to callers. */
export class CellsUnavailable extends Error {
  override readonly name = 'CellsUnavailable';
  /** Why, as a metric label. */
  readonly reason: string;

  constructor(reason: string, cause?: unknown) {
    super(`The cache does not answer: ${reason}.`, { cause });
    this.reason = reason;
  }
}
