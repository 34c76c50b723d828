import { crc32 } from 'node:zlib';
import type { Meter } from '../kernel/ports.ts';
import type { Breaker } from './breaker.ts';
import { type Cells, CellsUnavailable } from './cells.ts';

/** Fills are a favour to later readers: beyond so many at once they are left out. */
const MAX_FILLS = 50;

/**
 * Cells behind a breaker: an ill cache is asked only as often as it takes to notice that it is well again. After
 * that, readers come back by degrees, the same scopes on every instance, so that what some fill serves all.
 */
export function guardCells(cells: Cells, breaker: Breaker, meter: Meter): Cells {
  let fills = 0;
  let wasOpen: boolean | undefined;

  async function guarded<T>(call: () => Promise<T>): Promise<T> {
    if (cells.incarnation() === undefined) throw new CellsUnavailable('unconnected');
    if (!breaker.allows()) throw new CellsUnavailable('breaker');
    try {
      const result = await call();
      breaker.succeeded();
      return result;
    } catch (error) {
      breaker.failed();
      throw error;
    } finally {
      tell();
    }
  }

  function tell(): void {
    const isOpen = breaker.state() !== 'closed';
    if (isOpen === wasOpen) return;
    wasOpen = isOpen;
    meter.cacheState('breaker_open', isOpen ? 1 : 0);
  }

  const isAdmitted = (scope: string, part: number) => part >= 1 || crc32(scope) / 2 ** 32 < part;

  return {
    async look(scopes, at) {
      const part = breaker.admitted();
      if (at && !isAdmitted(at.scope, part)) throw new CellsUnavailable('ramp');
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
    incarnation: () => cells.incarnation(),
    close: () => cells.close(),
  };
}
