import type { DatabaseSync } from 'node:sqlite';
import { unavailable } from '../../table/failures.ts';

/** Bounds how long one transaction keeps the event loop from other work. */
const MAX_BATCH = 256;

/**
 * Part of a batch. `plan` decides without changing anything, and may throw to fail alone; the change it
 * returns is then applied; `settle` runs when all is on disk.
 */
export interface Job {
  plan(): { apply(): void; settle(): void };
  reject(error: unknown): void;
}

export interface GroupCommit {
  /** Queues a job. Jobs queued in one turn of the event loop share one transaction, in order. */
  submit(job: Job): void;
  /** Runs what is queued now. */
  flush(): void;
}

/**
 * Makes one disk flush serve many writers: a flush costs as much as dozens of writes. A lone writer waits for
 * the end of the event loop's turn at most. `before` runs inside each transaction.
 */
export function groupCommit(database: DatabaseSync, before: () => void): GroupCommit {
  const queue: Job[] = [];
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');

  function run(batch: readonly Job[]): void {
    let settled: (() => void)[];
    try {
      begin.run();
      before();
      settled = batch.map(attempt);
      commit.run();
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      for (const job of batch) job.reject(unavailable(error));
      return;
    }
    for (const settle of settled) settle();
  }

  function flush(): void {
    while (queue.length > 0) run(queue.splice(0, MAX_BATCH));
  }

  function drain(): void {
    if (queue.length > 0) run(queue.splice(0, MAX_BATCH));
    if (queue.length > 0) setImmediate(drain);
  }

  return {
    submit(job) {
      if (queue.push(job) === 1) setImmediate(drain);
    },
    flush,
  };
}

function attempt(job: Job): () => void {
  let planned: ReturnType<Job['plan']>;
  try {
    planned = job.plan();
  } catch (error) {
    return () => job.reject(error);
  }
  planned.apply();
  return planned.settle;
}
