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
}

export const silentMeter: Meter = {
  request() {},
  storeCall() {},
  capacity() {},
  cacheRead() {},
  cacheFence() {},
  cacheEvent() {},
  cacheState() {},
};
export const silentLog: Log = { info() {}, warn() {}, error() {} };
