import type { DatabaseSync } from 'node:sqlite';
import { unavailable } from '../../table/failures.ts';

/** Actions in one transaction: bounds how long it keeps the event loop from other work, at some 5 us each. */
const MAX_ACTIONS = 2000;

/**
 * Part of a batch. `plan` decides without changing anything, and may throw to fail alone; the change it
 * returns is then applied; `settle` runs when all is on disk.
 */
export interface Job {
  /** How many actions it has. */
  readonly size: number;
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
    while (queue.length > 0) run(takeBatch(queue));
  }

  function drain(): void {
    if (queue.length > 0) run(takeBatch(queue));
    if (queue.length > 0) setImmediate(drain);
  }

  return {
    submit(job) {
      if (queue.push(job) === 1) setImmediate(drain);
    },
    flush,
  };
}

/** Removes the first jobs of the queue, as many as fit into one transaction, and at least one. */
function takeBatch(queue: Job[]): Job[] {
  let actions = queue[0]?.size ?? 0;
  let end = 1;
  for (; end < queue.length; end++) {
    actions += queue[end]!.size;
    if (actions > MAX_ACTIONS) break;
  }
  return queue.splice(0, end);
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
