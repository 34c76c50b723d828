import type { Failure } from './errors.ts';

/** What a cacheable read answers: finished bytes, and what the headers beside them are made of. */
export interface Content {
  readonly body: Uint8Array;
  /** Validator, quoted; a weak one where the body has no version of its own. */
  readonly etag?: string;
  /** Cursor of the next page. */
  readonly next?: string;
  /** Version of the record, for callers that know of a newer one. */
  readonly version?: number;
}

/** One read that may be answered from a cache. Permission was decided before. */
export interface CacheableRead {
  /** The parts of the table (`table/scopes.ts`) on which the answer depends; the first gives it its place. */
  readonly scopes: readonly string[];
  /** Tells the answer from others of the same first scope. */
  readonly name: string;
  /** Name of the operation: the metric label. */
  readonly operation: string;
  /** Whether the caller asked to go round the cache. */
  readonly fresh: boolean;
  /** The caller knows of this version: an older one in the cache is not good enough. */
  readonly minVersion: number | undefined;
}

/** How a read was answered; `status` is the value of the `Cache-Status` header (RFC 9211). */
export type Served = { readonly status: string } & (
  | { readonly content: Content }
  | { readonly failure: Failure }
);

export interface ReadThrough {
  /**
   * Answers from the cache or by `load`, which reads the store and may fail. What `load` throws is thrown on,
   * but for absence: that is an answer, and may be cached as well.
   */
  read(read: CacheableRead, load: () => Promise<Content>): Promise<Served>;
}
