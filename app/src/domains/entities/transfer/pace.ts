/** Transactions on their way at a time, at first and at most. */
const FIRST = 8;
const MOST = 16;
/** So many successes allow one more. */
const GROWS_AFTER = 25;

/** How many transactions may be on their way: half as many after each refusal of the store, slowly more again. */
export interface Pace {
  readonly limit: number;
  succeeded(): void;
  refused(): void;
}

export function createPace(): Pace {
  let limit = FIRST;
  let successes = 0;
  return {
    get limit() {
      return limit;
    },
    succeeded() {
      successes += 1;
      if (successes % GROWS_AFTER === 0) limit = Math.min(limit + 1, MOST);
    },
    refused() {
      limit = Math.max(1, Math.floor(limit / 2));
    },
  };
}
