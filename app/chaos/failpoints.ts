import type { Cells } from '../src/cache/cells.ts';
import { scopesOf } from '../src/table/scopes.ts';
import type { Table } from '../src/table/table.ts';

/** Where in a write, or in the filling of the cache, a process can be made to end. */
export const FAILPOINTS = [
  'after-intent',
  'after-store',
  'before-commit',
  'before-ack',
  'before-fill',
] as const;
export type Failpoint = (typeof FAILPOINTS)[number];

export interface Failpoints {
  /** The process ends when it next passes this point; without one, at none. */
  arm(point?: Failpoint): void;
  pass(point: Failpoint): void;
}

export function createFailpoints(end: () => void): Failpoints {
  let armed: Failpoint | undefined;
  return {
    arm(point) {
      armed = point;
    },
    pass(point) {
      if (point === armed) end();
    },
  };
}

/** Cells that pass the points before and after each step of a fence. */
export function failingCells(cells: Cells, { pass }: Failpoints): Cells {
  return {
    ...cells,
    async intend(scopes, token, ttlMs) {
      await cells.intend(scopes, token, ttlMs);
      pass('after-intent');
    },
    async commit(scopes, token, next) {
      pass('before-commit');
      await cells.commit(scopes, token, next);
      pass('before-ack');
    },
    async fill(at, representation, ttlMs) {
      pass('before-fill');
      await cells.fill(at, representation, ttlMs);
    },
  };
}

/** A table that passes a point when something that may be cached has been written. */
export function failingTable(table: Table, { pass }: Failpoints): Table {
  return {
    ...table,
    async write(actions) {
      await table.write(actions);
      if (scopesOf(actions).length > 0) pass('after-store');
    },
  };
}
