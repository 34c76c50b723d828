import { Failure, fail } from '../kernel/errors.ts';
import { ConditionFailed } from './failures.ts';
import type { Action, Table } from './table.ts';

/**
 * One action of a transaction together with what its failed condition means to the caller. A step without
 * that guards what was read before: its failure means that the reading is out of date.
 */
export interface Step {
  readonly action: Action;
  readonly otherwise?: Failure;
}

/** The records read before the write have changed meanwhile: read again and try again. */
export class Stale extends Failure {
  constructor() {
    super('conflict', 'write_conflict', 'The record was changed by somebody else meanwhile; try again.', {
      retryAfter: 1,
    });
  }
}

/** Writes all steps or none. Throws the failures of the steps whose conditions do not hold, as one. */
export async function commit(table: Table, steps: readonly Step[]): Promise<void> {
  try {
    await table.write(steps.map((step) => step.action));
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    throw meaning(error.failed.map((index) => steps[index]?.otherwise));
  }
}

/** Several failures of one kind are told together; of different kinds, the most telling goes first. */
function meaning(failures: readonly (Failure | undefined)[]): Failure {
  const known = failures.filter((failure) => failure !== undefined);
  const [first] = known.sort((a, b) => rank(a) - rank(b));
  if (!first) return new Stale();
  const alike = known.filter((failure) => failure.kind === first.kind && failure.code === first.code);
  if (alike.length === 1) return first;
  return fail(first.kind, first.code, first.message, { errors: alike.flatMap((failure) => failure.errors) });
}

const ORDER = ['absent', 'invalid', 'conflict'];
const rank = (failure: Failure) => (ORDER.indexOf(failure.kind) + ORDER.length) % ORDER.length;

const ATTEMPTS = 12;

/** Runs a read-then-write again while its reading turns out to be stale, at most 12 times. */
export async function retryStale<T>(attempt: () => Promise<T>): Promise<T> {
  for (let n = 1; ; n++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Stale) || n === ATTEMPTS) throw error;
    }
  }
}
