import type { Failure } from '../../../kernel/errors.ts';
import { commit, retryStale } from '../../../table/steps.ts';
import type { UploadContext } from './context.ts';
import { BrokenBody } from './json-array.ts';
import type { PlanOptions, Work } from './plan.ts';
import { type Planned, planRows } from './plan-rows.ts';
import type { Report } from './report.ts';
import { isRowFailure, type Row } from './row.ts';
import { Interrupted, type Rows } from './rows.ts';
import type { Waiting } from './waiting.ts';
import { createWriter } from './writer.ts';

const BATCH_ROWS = 200;
const BATCH_BYTES = 1024 * 1024;

export interface PassOptions {
  readonly context: UploadContext;
  readonly report: Report;
  /** What becomes of a link without its other end; `comes` tells whether that is on its way. */
  readonly missing: (comes: (uuid: string) => boolean) => PlanOptions['missing'];
  /** Where rows go that have to wait for the next pass. */
  readonly waiting: Waiting;
}

/** Goes once through rows and writes them, but for what has to wait. */
export async function runPass({ context, report, missing, waiting }: PassOptions, rows: Rows): Promise<void> {
  const pending = new Set<string>();
  const plans = { missing: missing((uuid) => pending.has(uuid)) };
  const writer = createWriter({ ...context, written, again });
  let batch: Row[] = [];
  let bytes = 0;
  let untouched = true;

  async function takeAll(): Promise<void> {
    for await (const some of rows) {
      for (const row of some) {
        if ('failure' in row) {
          report.failed(row.line, row.failure);
          continue;
        }
        // An earlier row of this uuid goes first.
        if (row.uuid !== undefined && pending.has(row.uuid)) await finishBatch();
        if (row.uuid !== undefined) pending.add(row.uuid);
        batch.push(row);
        bytes += row.bytes;
        if (batch.length === BATCH_ROWS || bytes > BATCH_BYTES) await writeBatch();
      }
    }
  }

  async function writeBatch(): Promise<void> {
    const taken = batch;
    batch = [];
    bytes = 0;
    untouched = false;
    const at = context.clock.now();
    for (const planned of await planRows(context, taken, plans)) {
      const later = carryOut(planned, at);
      if (later) await later;
    }
  }

  /** Answers a promise only where there is something to wait for: most rows just join a transaction. */
  function carryOut(planned: Planned, at: number): Promise<void> | undefined {
    if (planned.failure) return failed(planned.row, planned.failure);
    const { row, work } = planned;
    if (!work) return wait(row);
    return isEmpty(work) ? written(work) : writer.add(work, at);
  }

  /** By the uuid that it had: the first attempt may have been done after all, though the store did not say so. */
  async function again(first: Work): Promise<void> {
    const row = { ...first.row, uuid: first.uuid };
    try {
      const work = await retryStale(async () => {
        const [planned] = await planRows(context, [row], plans);
        if (planned?.failure) throw planned.failure;
        if (!planned?.work) throw new Waits();
        await commit(context.table, [...planned.work.steps, ...planned.work.touches]);
        return planned.work;
      });
      await written(isEmpty(work) ? { ...work, outcome: first.outcome } : work);
    } catch (error) {
      if (error instanceof Waits) return wait(row);
      if (!isRowFailure(error)) throw error;
      failed(row, error);
    }
  }

  function written({ row, uuid, outcome, later }: Work): Promise<void> | undefined {
    pending.delete(uuid);
    if (!row.counted) report.done(outcome);
    if (later.length === 0) return undefined;
    return waiting.add({ line: row.line, bytes: row.bytes, uuid, links: later, counted: outcome });
  }

  async function wait(row: Row): Promise<void> {
    if (row.uuid !== undefined) pending.delete(row.uuid);
    await waiting.add(row);
  }

  function failed(row: Row, failure: Failure): undefined {
    if (row.uuid !== undefined) pending.delete(row.uuid);
    report.failed(row.line, failure, row.counted);
  }

  async function finishBatch(): Promise<void> {
    await writeBatch();
    await writer.drain();
  }

  /** Rows that came whole are written even where the body broke off behind them. */
  async function run(): Promise<void> {
    let interrupted: Interrupted | undefined;
    try {
      await takeAll();
    } catch (error) {
      if (error instanceof Interrupted) interrupted = error;
      else if (error instanceof BrokenBody && !untouched) report.failed(error.line, error);
      else throw error;
    }
    await finishBatch();
    await waiting.flush();
    if (interrupted) throw interrupted;
  }

  try {
    await run();
  } finally {
    await writer.settle();
  }
}

const isEmpty = ({ steps, touches }: Work) => steps.length + touches.length === 0;

/** Thrown where a row that is tried again turns out to have to wait. */
class Waits extends Error {}
