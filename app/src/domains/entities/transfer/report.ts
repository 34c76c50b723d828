import type { Failure } from '../../../kernel/errors.ts';
import type { Outcome } from './row.ts';

/** One thing that is wrong with one row. */
export interface RowError {
  readonly line: number;
  readonly code: string;
  readonly detail: string;
  readonly pointer?: string;
}

/** What an upload has done. Every row counts once; a failed one was not written. */
export interface UploadReport {
  readonly created: number;
  readonly updated: number;
  readonly failed: number;
  readonly errors: readonly RowError[];
  readonly errors_truncated?: true;
}

const MOST_ERRORS = 1000;

export type Report = ReturnType<typeof createReport>;

export function createReport() {
  const counts = { created: 0, updated: 0, failed: 0 };
  const errors: RowError[] = [];
  let truncated = false;

  function note(error: RowError): void {
    if (errors.length < MOST_ERRORS) errors.push(error);
    else truncated = true;
  }

  return {
    counts,
    done(outcome: Outcome): void {
      counts[outcome] += 1;
    },
    /** Notes why a row failed, and takes it off the count that it was in. */
    failed(line: number, failure: Failure, counted?: Outcome): void {
      counts.failed += 1;
      if (counted) counts[counted] -= 1;
      if (failure.errors.length === 0) note({ line, code: failure.code, detail: failure.message });
      for (const { pointer, code, detail } of failure.errors) note({ line, code, detail, pointer });
    },
    answer(): UploadReport {
      const sorted = errors.sort((a, b) => a.line - b.line);
      return { ...counts, errors: sorted, ...(truncated ? { errors_truncated: true } : {}) };
    },
  };
}
