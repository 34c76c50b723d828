import { Failure } from '../../../kernel/errors.ts';
import type { Direction, LinkInput, Owners } from '../model.ts';

/** A longer row fails alone, so that what is held of an upload at any time stays small. */
export const MAX_ROW_BYTES = 256 * 1024;

export type Outcome = 'created' | 'updated';

/** A link as a row names it: with a direction it is called by the relation's own name, from either end. */
export interface RowLink extends LinkInput {
  readonly direction?: Direction;
}

/** One row of an upload, in its right form but not yet checked against the type. Absent parts stay as they are. */
export interface Row {
  readonly line: number;
  readonly bytes: number;
  readonly uuid?: string;
  readonly fields?: Readonly<Record<string, unknown>>;
  /** The fields change those that are there instead of replacing them all. */
  readonly partial?: true;
  readonly tags?: readonly string[];
  readonly owners?: Partial<Owners>;
  readonly links: readonly RowLink[];
  /** Set in what is left to do for a row whose entity was written and counted before. */
  readonly counted?: Outcome;
}

/** A row that cannot be read. */
export interface BadRow {
  readonly line: number;
  readonly failure: Failure;
}

/** Whether the row is at fault, rather than the store or the service. */
export function isRowFailure(error: unknown): error is Failure {
  return error instanceof Failure && error.kind !== 'unavailable' && error.kind !== 'internal';
}
