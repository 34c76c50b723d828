import type { DatabaseSync } from 'node:sqlite';
import type { Clock, Meter } from '../../kernel/ports.ts';
import { nowSeconds } from '../../table/expiry.ts';
import { ConditionFailed, unavailable } from '../../table/failures.ts';
import { checkWrite } from '../../table/rules.ts';
import type { Action, Table } from '../../table/table.ts';
import { groupCommit, type Job } from './group-commit.ts';
import { type Plan, planWrite, rowsToPut } from './plan.ts';
import type { Rows } from './rows.ts';

/** Expired rows are removed this often (seconds), by a write that runs anyway, so many at a time. */
const PURGE_EVERY = 60;
const PURGE_LIMIT = 500;

export interface Writes extends Pick<Table, 'write'> {
  /** Writes what is still queued. */
  flush(): void;
}

export function writesOf(database: DatabaseSync, rows: Rows, clock: Clock, meter: Meter): Writes {
  const commits = groupCommit(database, purger(rows, clock));

  function job(actions: readonly Action[], resolve: () => void, reject: Job['reject']): Job {
    const puts = rowsToPut(actions);
    return {
      size: actions.length,
      plan() {
        const plan = planWrite(actions, puts, rows.find, nowSeconds(clock));
        return { apply: () => apply(plan), settle: () => settle(plan) };
      },
      reject,
    };

    function settle(plan: Plan): void {
      if (plan.failed.length > 0) {
        reject(new ConditionFailed(plan.failed));
        return;
      }
      meter.capacity('write', 0, plan.units);
      resolve();
    }
  }

  function apply({ changes }: Plan): void {
    for (const { key, row } of changes) {
      if (row) rows.save(key, row);
      else rows.remove(key);
    }
  }

  return {
    async write(actions) {
      checkWrite(actions);
      if (!database.isOpen) throw unavailable(new Error('The database is closed.'));
      if (actions.length === 0) return;
      await new Promise<void>((resolve, reject) => commits.submit(job(actions, resolve, reject)));
    },
    flush: commits.flush,
  };
}

/** Removes expired rows now and then. As long as many are left, each call removes some. */
function purger(rows: Rows, clock: Clock): () => void {
  let due = 0;
  return () => {
    const now = nowSeconds(clock);
    if (now >= due && rows.purge(now, PURGE_LIMIT) < PURGE_LIMIT) due = now + PURGE_EVERY;
  };
}
