import type { Clock } from '../../../kernel/ports.ts';
import { ConditionFailed } from '../../../table/failures.ts';
import type { Table } from '../../../table/table.ts';
import { type Bundle, createBundle } from './bundle.ts';
import type { Pace } from './pace.ts';
import type { Work } from './plan.ts';
import { isRowFailure } from './row.ts';

export interface WriterOptions {
  readonly table: Table;
  readonly clock: Clock;
  readonly pace: Pace;
  /** Told of each row that was written. */
  readonly written: (work: Work) => Promise<void> | undefined;
  /** Writes a row by itself, after a transaction in which it stood has failed. */
  readonly again: (work: Work) => Promise<void>;
}

/**
 * A row that was planned so long ago is planned again: the next rows may be minutes away, and by then its type may be
 * another one. Who deletes a type counts on that.
 */
const PLAN_MS = 5_000;

export type Writer = ReturnType<typeof createWriter>;

/**
 * Writes rows many to a transaction, several transactions at a time. Rows that write the same item go one after
 * the other, in order. Where a transaction fails, the rows at fault are tried alone and the others again together.
 */
export function createWriter({ table, clock, pace, written, again }: WriterOptions) {
  const flights = new Map<Promise<void>, Bundle>();
  let open = createBundle();
  /** When the oldest row of the open bundle was planned. */
  let plannedAt = Number.POSITIVE_INFINITY;
  let broken: { readonly error: unknown } | undefined;

  /** Adds a row that was planned then; answers a promise if there is too much on its way already. */
  function add(work: Work, at: number): Promise<void> | undefined {
    if (!open.add(work)) return addToNext(work, at);
    plannedAt = Math.min(plannedAt, at);
    return undefined;
  }

  async function addToNext(work: Work, at: number): Promise<void> {
    await flush();
    open.add(work);
    plannedAt = at;
  }

  async function flush(): Promise<void> {
    const bundle = open;
    const since = plannedAt;
    open = createBundle();
    plannedAt = Number.POSITIVE_INFINITY;
    while (flights.size >= pace.limit || [...flights.values()].some((other) => meet(bundle, other))) {
      await Promise.race(flights.keys());
    }
    if (broken) throw broken.error;
    if (bundle.works.length === 0) return;
    const isOld = clock.now() - since > PLAN_MS;
    const flight: Promise<void> = (isOld ? sendAgain(bundle, new Set(bundle.works)) : send(bundle))
      .catch((error) => {
        broken ??= { error };
      })
      .finally(() => flights.delete(flight));
    flights.set(flight, bundle);
  }

  async function send(bundle: Bundle): Promise<void> {
    const { actions, owners } = bundle.actions();
    try {
      await table.write(actions);
    } catch (error) {
      if (!isRowFailure(error)) throw error;
      const failed =
        error instanceof ConditionFailed ? error.failed.flatMap((at) => owners[at]!) : bundle.works;
      return sendAgain(bundle, new Set(failed));
    }
    pace.succeeded();
    for (const work of bundle.works) {
      const later = written(work);
      if (later) await later;
    }
  }

  async function sendAgain({ works }: Bundle, failed: ReadonlySet<Work>): Promise<void> {
    const others = createBundle();
    for (const work of works) if (!failed.has(work)) others.add(work);
    if (others.works.length > 0) await send(others);
    for (const work of failed) await again(work);
  }

  /** Waits until nothing is on its way any more, whatever came of it. */
  async function settle(): Promise<void> {
    await Promise.all(flights.keys());
  }

  /** Writes what was added so far, and waits for it. */
  async function drain(): Promise<void> {
    await flush();
    await settle();
    if (broken) throw broken.error;
  }

  return { add, drain, settle };
}

function meet(one: Bundle, other: Bundle): boolean {
  for (const name of one.keys) if (other.keys.has(name)) return true;
  return false;
}
