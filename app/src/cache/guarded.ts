import { crc32 } from 'node:zlib';
import type { Meter } from '../kernel/ports.ts';
import type { Breaker } from './breaker.ts';
import { type Cells, CellsUnavailable } from './cells.ts';

/** Fills are a favour to later readers: beyond so many at once they are left out. */
const MAX_FILLS = 50;

export interface GuardedCells extends Cells {
  /** Finds out whether ill cells are well again. Called now and then in the background: no caller has to wait for it. */
  probe(): Promise<void>;
}

/**
 * Cells behind a breaker: an ill cache is asked only as often as it takes to notice that it is well again. After
 * that, readers come back by degrees, the same scopes on every instance, so that what some fill serves all.
 */
export function guardCells(cells: Cells, breaker: Breaker, meter: Meter): GuardedCells {
  let fills = 0;
  let wasOpen = false;
  let latest: unknown;

  /** Passes the promise on as it is: on the path of every read, each layer of promises would cost. */
  function guarded<T>(call: () => Promise<T>): Promise<T> {
    if (cells.incarnation() === undefined) return Promise.reject(new CellsUnavailable('unconnected'));
    if (breaker.state() !== 'closed') return Promise.reject(new CellsUnavailable('breaker'));
    return asked(call);
  }

  function asked<T>(call: () => Promise<T>): Promise<T> {
    const answer = call();
    answer.then(succeeded, failed);
    return answer;
  }

  function succeeded(): void {
    breaker.succeeded();
    if (wasOpen) tell();
  }

  /** Looks that shared a command fail by one error: that is one failure. */
  function failed(error: unknown): void {
    if (error === latest) return;
    latest = error;
    breaker.failed();
    tell();
  }

  /** Cells without a connection are not asked either, so the figure says the same of both. */
  function tell(): void {
    wasOpen = breaker.state() !== 'closed' || cells.incarnation() === undefined;
    meter.cacheState('breaker_open', wasOpen ? 1 : 0);
  }

  const isAdmitted = (scope: string, part: number) => part >= 1 || crc32(scope) / 2 ** 32 < part;

  return {
    look(scopes, at) {
      const part = breaker.admitted();
      if (at && !isAdmitted(at.scope, part)) return Promise.reject(new CellsUnavailable('ramp'));
      return guarded(() => cells.look(scopes, at));
    },
    intend: (scopes, token, ttlMs) => guarded(() => cells.intend(scopes, token, ttlMs)),
    commit: (scopes, token, next) => guarded(() => cells.commit(scopes, token, next)),
    open: (scope, token) => guarded(() => cells.open(scope, token)),
    drop: (scopes) => guarded(() => cells.drop(scopes)),
    async fill(at, representation, ttlMs) {
      if (fills >= MAX_FILLS) throw new CellsUnavailable('fills');
      fills += 1;
      try {
        await guarded(() => cells.fill(at, representation, ttlMs));
      } finally {
        fills -= 1;
      }
    },
    async probe() {
      tell();
      if (breaker.state() === 'closed' || cells.incarnation() === undefined || !breaker.allows()) return;
      await asked(() => cells.look(['probe'])).catch(() => {});
    },
    incarnation: () => cells.incarnation(),
    close: () => cells.close(),
  };
}
