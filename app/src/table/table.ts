/**
 * The storage port: one ordered table of items, addressed by partition key and sort key.
 * Each engine implements these four verbs and nothing else. All reads are strongly consistent,
 * all writes are atomic. Sort keys are ordered by their UTF-8 bytes on every engine.
 */

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** What an attribute may hold. `undefined` members are left out; binary and sets are not used. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value };

/** An item is its key, its kind and schema version, and whatever its domain stores, as native attributes. */
export interface Item extends Key {
  readonly kind: string;
  readonly schema: number;
  /** Unix seconds after which the item counts as absent, whether or not the engine removed it yet. */
  readonly expires_at?: number;
  readonly [attribute: string]: Value | undefined;
}

/**
 * What must hold of the stored item for an action to go ahead. All given parts must hold.
 * An item past its `expires_at` counts as absent on both engines.
 */
export interface Condition {
  /** The item must exist (true) or must not exist (false). */
  readonly exists?: boolean;
  /** Top-level attributes that must hold exactly these scalars. Implies that the item exists. */
  readonly equals?: Readonly<Record<string, string | number | boolean>>;
  /** Top-level attributes that must not be set. */
  readonly missing?: readonly string[];
  /** One of these must hold, besides the parts above. */
  readonly anyOf?: readonly Omit<Condition, 'anyOf'>[];
}

export type Action = (
  | { readonly type: 'put'; readonly item: Item; readonly condition?: Condition }
  | {
      readonly type: 'update';
      readonly key: Key;
      /** Top-level attributes to set, to remove, and numbers to add to (absent counts as 0). */
      readonly set?: Readonly<Record<string, Value>>;
      readonly remove?: readonly string[];
      readonly add?: Readonly<Record<string, number>>;
      /** Required: an update never creates an item by accident. */
      readonly condition: Condition;
      /** Makes the item where there is none, with what is set and added. Not for items that expire. */
      readonly creates?: true;
    }
  | { readonly type: 'delete'; readonly key: Key; readonly condition?: Condition }
  | { readonly type: 'check'; readonly key: Key; readonly condition: Condition }
) & {
  /** The scope (`scopes.ts`) of the listings that show this item's partition, where its key does not tell. */
  readonly collection?: string;
};

export interface Query {
  readonly pk: string;
  /** Inclusive bounds of the sort key. */
  readonly from?: string;
  readonly to?: string;
  /** Exclusive: the sort key (of an existing item or not) after which, in reading order, to start. */
  readonly after?: string;
  readonly reverse?: boolean;
  /** At most this many items; fewer come when the page reaches 1 MB. */
  readonly limit: number;
}

export interface QueryResult {
  readonly items: readonly Item[];
  /** Pass as `after` to go on; absent when the range is exhausted. May come with an empty page. */
  readonly next?: string;
}

export interface Table {
  get(key: Key): Promise<Item | undefined>;
  /** Any number of keys; the answer has the same order, with `undefined` for absent items. */
  getMany(keys: readonly Key[]): Promise<(Item | undefined)[]>;
  query(query: Query): Promise<QueryResult>;
  /**
   * All actions or none. Throws `ConditionFailed` when a condition does not hold, and the failures of
   * `table/failures.ts` otherwise. At most 99 actions, no two on one key:
   * DynamoDB takes 100, and one place is kept for the record of changes (`changes/logged.ts`).
   */
  write(actions: readonly Action[]): Promise<void>;
  close(): Promise<void>;
}

/** The key an action touches. */
export function keyOf(action: Action): Key {
  return action.type === 'put' ? { pk: action.item.pk, sk: action.item.sk } : action.key;
}

/** The longest that a write takes, from its first attempt to the end of its last. Each engine sees to it. */
export const WRITE_MS = 7_000;

/** DynamoDB's limits; every engine enforces them. */
export const LIMITS = {
  /** What may be asked for in one write. */
  actions: 99,
  /** What an engine takes in one write. */
  engineActions: 100,
  itemBytes: 400 * 1024,
  transactionBytes: 4 * 1024 * 1024,
  pageBytes: 1024 * 1024,
  pkBytes: 2048,
  skBytes: 1024,
} as const;
