/** What the clients saw, as the checker takes it. Times are milliseconds of the machine's own clock. */
export interface History {
  readonly ops: readonly Op[];
  readonly faults: readonly FaultSpan[];
  readonly recorded: readonly RecordedWrite[];
  /** By key, what the store holds when all is over and nothing is under way. */
  readonly finals: ReadonlyMap<string, Seen>;
  /** Keys of which the store holds two, although they were asked for once. */
  readonly twice: readonly string[];
}

/** One state of a key. `born` names the creation that began this life of the key; versions count from 1 in each. */
export interface State {
  readonly born: string;
  readonly version: number;
  /** What the write that led to this state left in it: no two writes leave the same. */
  readonly mark: string;
}

export type Seen = State | 'absent';

/**
 * `ok`: done, or answered. `fail`: certainly not done. `info`: nobody knows; it may be done yet, until the end.
 */
export type Outcome = 'ok' | 'fail' | 'info';

export interface Op {
  readonly client: number;
  readonly instance: number;
  readonly action: 'read' | 'list' | 'create' | 'update' | 'delete';
  /** What is read or written; of a listing, its address. */
  readonly key: string;
  readonly invoked: number;
  readonly returned: number;
  readonly outcome: Outcome;
  readonly status: number;
  /** What a write leaves in the state. */
  readonly mark?: string;
  /** What a read found, or a write made. Absent where the answer does not tell. */
  readonly seen?: Seen;
  /** The life that `If-Match` binds a write to. */
  readonly bound?: string;
  /** Of a listing: what it shows, by key, and all keys that it would show if they were there. */
  readonly elements?: ReadonlyMap<string, State>;
  readonly covers?: readonly string[];
  /** `hit`, `miss`, `unverified` or why the cache was passed by. */
  readonly cache?: string;
}

export interface FaultSpan {
  readonly kind: string;
  readonly started: number;
  readonly ended: number;
  readonly detail: string;
  /** Redis may have forgotten marks of writes. */
  readonly forgets: boolean;
  /** The store may do a write long after its caller was told that it failed. */
  readonly postpones: boolean;
}

/** An instance told the others by a record of a write to these keys. */
export interface RecordedWrite {
  readonly instance: number;
  readonly keys: readonly string[];
  readonly at: number;
}

/** Keys that one client alone writes, one write after another, and that have no versions: their order is known. */
export const isOwned = (key: string) => key.startsWith('link:');
