/** Milliseconds since the Unix epoch, and a way to wait. Injected everywhere, so that tests own time. */
export interface Clock {
  now(): number;
  sleep(ms: number): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  // Waiting alone keeps no process alive.
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms).unref()),
};

export interface Log {
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

/** What the house measures. Labels are names from the source, never ids or user text. */
export interface Meter {
  /** One finished HTTP request. `route` is the pattern, `seconds` the wall-clock duration. */
  request(method: string, route: string, status: number, seconds: number): void;
  /** One finished call of the table. `outcome` is `ok` or the failure's code. */
  storeCall(operation: string, outcome: string, seconds: number): void;
  /** Capacity units that the store reported (DynamoDB) or that its rules give (SQLite). */
  capacity(operation: string, readUnits: number, writeUnits: number): void;
  /** One cacheable read: `hit`, `miss`, or why it went past the cache. */
  cacheRead(operation: string, outcome: string): void;
  /** One write to what may be cached: `fenced`, or how else readers learn of it. */
  cacheFence(outcome: string): void;
  /** Something that happened in the cache, such as `violation`. */
  cacheEvent(name: string): void;
  /** A figure of the cache that goes up and down. */
  cacheState(name: string, value: number): void;
  /** One request that was told to wait, by the policy whose limit is used up. */
  limited(policy: string): void;
  /** Counts of requests that the other instances could not be told of. */
  limitsUnshared(): void;
  /** Changes that were written to the change log. */
  changesRecorded(count: number): void;
  /** Changes that a consumer has taken, and times that it could not or that some had expired unseen. */
  changesDelivered(consumer: string, count: number): void;
  changesFailed(consumer: string, outcome: string): void;
  /** How long the oldest change waits that a consumer has not taken. */
  changesLag(consumer: string, seconds: number): void;
  /** How many wait at this instance for changes. */
  changesWatched(watchers: number): void;
}

export const silentMeter: Meter = {
  request() {},
  storeCall() {},
  capacity() {},
  cacheRead() {},
  cacheFence() {},
  cacheEvent() {},
  cacheState() {},
  limited() {},
  limitsUnshared() {},
  changesRecorded() {},
  changesDelivered() {},
  changesFailed() {},
  changesLag() {},
  changesWatched() {},
};

/** Named switches of this installation, which may change while it runs. One that nobody has set is off. */
export interface Flags {
  isEnabled(name: string): Promise<boolean>;
}

/** So many requests a minute, for whoever falls under a policy as this subject. */
export interface Quota {
  readonly policy: string;
  readonly subject: string;
  readonly perMinute: number;
}

/** Whether a request is within its quotas, and how the tightest of them stands. */
export interface Verdict {
  readonly allowed: boolean;
  readonly quota: Quota;
  readonly remaining: number;
  /** Until the minute of that quota is over. */
  readonly resetMs: number;
}

/** Counts requests. It never fails, and waits for nothing. */
export interface Limiter {
  /** Counts one request against each of these, at least one; against none if one of them is used up. */
  take(quotas: readonly Quota[]): Verdict;
  /** Judges again what was just taken, once it is known what other instances let through. That is worth a moment. */
  confirm(quotas: readonly Quota[]): Promise<Verdict>;
  /** Takes back what was counted once. */
  giveBack(quota: Quota): void;
  close(): Promise<void>;
}

export const silentLog: Log = { info() {}, warn() {}, error() {} };
