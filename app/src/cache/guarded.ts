import { crc32 } from 'node:zlib';
import type { Meter } from '../kernel/ports.ts';
import type { Breaker, Demand } from './breaker.ts';
import { type Cells, CellsUnavailable } from './cells.ts';

/** Fills are a favour to later readers: beyond so many at once they are left out. */
const MAX_FILLS = 50;
/** A cell that nobody reads, a mark that nobody takes off, and how long it lasts. */
const PROBE = 'probe';
const PROBE_MS = 1_000;

export interface GuardedCells extends Cells {
  /** Finds out whether ill cells are well again. Called now and then in the background: no caller has to wait for it. */
  probe(): Promise<void>;
}

/**
 * Cells behind a breaker: an ill cache is asked only as often as it takes to notice that it is well again. One that
 * answers but keeps nothing, as a full one does, is ill, too: hardly a look would find anything. After that, readers
 * come back by degrees, the same scopes on every instance, so that what some fill serves all.
 */
export function guardCells(cells: Cells, breaker: Breaker, meter: Meter): GuardedCells {
  let fills = 0;
  let wasOpen = false;
  let latest: unknown;

  /** Passes the promise on as it is: on the path of every read, each layer of promises would cost. */
  function guarded<T>(demand: Demand, call: () => Promise<T>): Promise<T> {
    if (cells.incarnation() === undefined) return Promise.reject(new CellsUnavailable('unconnected'));
    if (breaker.state() !== 'closed') return Promise.reject(new CellsUnavailable('breaker'));
    return asked(demand, call);
  }

  function asked<T>(demand: Demand, call: () => Promise<T>): Promise<T> {
    const answer = call();
    answer.then(succeeded[demand], failed[demand]);
    return answer;
  }

  const onSuccess = (demand: Demand) => () => {
    breaker.succeeded(demand);
    if (wasOpen) tell();
  };

  /** Looks that shared a command fail by one error: that is one failure. */
  const onFailure = (demand: Demand) => (error: unknown) => {
    if (error === latest) return;
    latest = error;
    breaker.failed(demand);
    tell();
  };

  // Made once: a look is on the path of every read.
  const succeeded = { answer: onSuccess('answer'), keep: onSuccess('keep') };
  const failed = { answer: onFailure('answer'), keep: onFailure('keep') };

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
      return guarded('answer', () => cells.look(scopes, at));
    },
    intend: (scopes, token, ttlMs) => guarded('keep', () => cells.intend(scopes, token, ttlMs)),
    commit: (scopes, token, next) => guarded('answer', () => cells.commit(scopes, token, next)),
    open: (scope, token) => guarded('keep', () => cells.open(scope, token)),
    drop: (scopes) => guarded('answer', () => cells.drop(scopes)),
    async fill(at, representation, ttlMs) {
      if (fills >= MAX_FILLS) throw new CellsUnavailable('fills');
      fills += 1;
      try {
        await guarded('keep', () => cells.fill(at, representation, ttlMs));
      } finally {
        fills -= 1;
      }
    },
    async probe() {
      tell();
      if (breaker.state() === 'closed' || cells.incarnation() === undefined || !breaker.allows()) return;
      await asked('keep', () => cells.intend([PROBE], PROBE, PROBE_MS).then(() => cells.look([PROBE]))).catch(
        () => {},
      );
    },
    incarnation: () => cells.incarnation(),
    close: () => cells.close(),
  };
}
