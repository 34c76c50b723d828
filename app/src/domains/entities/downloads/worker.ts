import { Failure } from '../../../kernel/errors.ts';
import type { Files } from '../../../kernel/files.ts';
import type { Clock, Log } from '../../../kernel/ports.ts';
import { commit, Stale } from '../../../table/steps.ts';
import type { Table } from '../../../table/table.ts';
import type { Downloads } from '../transfer/download.ts';
import {
  type DownloadJob,
  type Due,
  downloadFromItem,
  downloadKey,
  dueFromItem,
  duePartition,
  endSteps,
  fileId,
  fileOf,
  isOver,
  moveSteps,
} from './job.ts';
import { KEPT_SECONDS } from './service.ts';

export interface WorkerOptions {
  readonly table: Table;
  readonly clock: Clock;
  readonly log: Log;
  readonly files: Files | undefined;
  readonly download: Downloads;
}

const LEASE_MS = 60_000;
const CHECKPOINT_MS = 3_000;
const RETRY_MS = 30_000;
const MOST_FAILURES = 5;
/** So that a small download need not wait for the end of a large one. */
const LANES = 2;
const PAGE = 100;

/** Thrown where an instance stops in the middle of a file. */
class Stopped extends Error {}

export type DownloadWorker = ReturnType<typeof createDownloadWorker>;

/**
 * Writes the files that were asked for, and removes those whose time is over. An instance that dies leaves its job to
 * another one, which writes the file anew: it costs reads, and the file is always of one piece.
 */
export function createDownloadWorker({ table, clock, log, files, download }: WorkerOptions) {
  const running = new Map<string, Promise<void>>();
  const looks = new Set<Promise<void>>();
  let isStopping = false;

  /** Begins what is due, as far as there are lanes. Safe to run anywhere, at any time. */
  function run(): Promise<void> {
    const look = lookFor(files).finally(() => looks.delete(look));
    looks.add(look);
    return look;
  }

  async function lookFor(at: Files | undefined): Promise<void> {
    if (!at) return;
    for (let after: string | undefined; ; ) {
      const page = await table.query({ pk: duePartition, after, limit: PAGE });
      for (const due of page.items.map(dueFromItem)) {
        if (isStopping || running.size >= LANES) return;
        if (due.due_at <= clock.now() && !running.has(due.id)) begin(at, due);
      }
      if (page.next === undefined) return;
      after = page.next;
    }
  }

  function begin(at: Files, due: Due): void {
    const work = tend(at, due)
      .catch((error) => {
        if (!(error instanceof Stale)) log.error('a download cannot go on', { download: due.id, error });
      })
      .finally(() => running.delete(due.id));
    running.set(due.id, work);
  }

  async function tend(at: Files, due: Due): Promise<void> {
    const item = await table.get(downloadKey(due));
    const job = item && downloadFromItem(item);
    if (!job || isOver(job)) {
      await at.remove(fileId(job ?? due));
      return commit(table, endSteps(due));
    }
    const failures = job.failures + (job.state === 'running' ? 1 : 0); // whoever was at it has died
    if (failures >= MOST_FAILURES) return void (await end(job, { state: 'failed', failure: GIVEN_UP }));
    const attempt = job.attempt + 1;
    const mine: DownloadJob = { ...job, state: 'running', attempt, failures, rows: 0, bytes: 0 };
    await move(job, mine, clock.now() + LEASE_MS, due);
    if (job.attempt > 0) await at.remove(fileId(job)); // what the attempt before has left
    await produce(at, mine);
  }

  async function move(
    before: DownloadJob,
    after: DownloadJob,
    due_at: number,
    seen?: Due,
  ): Promise<DownloadJob> {
    const moved = { ...after, updated_at: new Date(clock.now()).toISOString() };
    await commit(table, moveSteps(before, moved, due_at, seen));
    return moved;
  }

  async function produce(at: Files, mine: DownloadJob): Promise<void> {
    const { actor, type, format, search } = mine;
    let job = mine;
    let told = clock.now();
    let broken: unknown;

    /** Says how far it is, and that it is still at it. Throws `Stale` if it is not its job any more. */
    async function checkpoint(rows: number): Promise<void> {
      if (isStopping) throw new Stopped();
      if (clock.now() - told < CHECKPOINT_MS) return;
      told = clock.now();
      job = await move(job, { ...job, rows }, told + LEASE_MS);
    }

    async function* bytesOf(text: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
      try {
        for await (const part of text) {
          const bytes = Buffer.from(part);
          job = { ...job, bytes: job.bytes + bytes.length };
          yield bytes;
        }
      } catch (error) {
        broken = error; // whatever the file store makes of it
        throw error;
      }
    }

    try {
      const made = await download(actor, type, { ...search, format }, checkpoint);
      const { contentType } = made;
      await at.write(fileOf({ ...job, contentType }), bytesOf(made.text));
      await end({ ...job, rows: made.rows(), contentType }, { state: 'done' });
    } catch (cause) {
      const error = broken ?? cause;
      // Where nobody knows whether the end was written, the file may be needed; the next attempt removes it.
      if (error instanceof Stale || broken) await discard(at, mine);
      await giveUp(job, error);
    }
  }

  const discard = (at: Files, job: DownloadJob) =>
    at.remove(fileId(job)).catch((error) => log.warn('a file is left', { file: fileId(job), error }));

  async function giveUp(job: DownloadJob, error: unknown): Promise<void> {
    if (error instanceof Stale) return; // cancelled, or another instance has it
    const waiting: DownloadJob = { ...job, state: 'waiting', rows: 0, bytes: 0 };
    if (error instanceof Stopped) return void (await move(job, waiting, clock.now()));
    if (error instanceof Failure && error.kind !== 'unavailable' && error.kind !== 'internal') {
      return end(job, { state: 'failed', failure: { code: error.code, detail: error.message } });
    }
    log.warn('a download failed', { download: job.id, error });
    const failures = job.failures + 1;
    if (failures >= MOST_FAILURES) return end(job, { state: 'failed', failure: GIVEN_UP });
    await move(job, { ...waiting, failures }, clock.now() + RETRY_MS);
  }

  async function end(
    job: DownloadJob,
    outcome: Pick<DownloadJob, 'state'> & Pick<Partial<DownloadJob>, 'failure'>,
  ): Promise<void> {
    const expires_at = Math.ceil(clock.now() / 1000) + KEPT_SECONDS;
    await move(job, { ...job, ...outcome, expires_at }, expires_at * 1000);
  }

  /** Resolves when nothing is under way. */
  async function settled(): Promise<void> {
    while (looks.size + running.size > 0) await Promise.allSettled([...looks, ...running.values()]);
  }

  return {
    run,
    settled,
    /** Makes every job end where it is; another instance begins it again. */
    async stop(): Promise<void> {
      isStopping = true;
      await settled();
    },
  };
}

const GIVEN_UP = {
  code: 'unavailable',
  detail: 'The file could not be written, several times; try again later.',
};
