import type { Failure } from '../../../kernel/errors.ts';
import type { Outcome } from './row.ts';

/** One thing that is wrong with one row. */
export interface RowError {
  readonly line: number;
  readonly code: string;
  readonly detail: string;
  readonly pointer?: string;
}

/** What an upload has done. Every row counts once; a failed one was not written, or not with all its links. */
export interface UploadReport {
  readonly created: number;
  readonly updated: number;
  readonly failed: number;
  readonly errors: readonly RowError[];
  readonly errors_truncated?: true;
}

const MOST_ERRORS = 1000;
/** Details repeat what the caller wrote, which may be a whole row. */
const LONGEST_TEXT = 500;
const short = (text: string) =>
  text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT).toWellFormed()}...`;

export type Report = ReturnType<typeof createReport>;

export function createReport() {
  const counts = { created: 0, updated: 0, failed: 0 };
  const errors: RowError[] = [];
  let truncated = false;

  function note({ line, code, detail, pointer }: RowError): void {
    if (errors.length === MOST_ERRORS) {
      truncated = true;
      return;
    }
    errors.push({
      line,
      code,
      detail: short(detail),
      ...(pointer === undefined ? {} : { pointer: short(pointer) }),
    });
  }

  return {
    counts,
    done(outcome: Outcome): void {
      counts[outcome] += 1;
    },
    /** Notes why a row failed, or why one that was counted has not got all its links. */
    failed(line: number, failure: Failure, counted?: Outcome): void {
      counts.failed += 1;
      if (counted) counts[counted] -= 1;
      const say = (detail: string) =>
        counted ? `The entity was written, but not with all its links. ${detail}` : detail;
      if (failure.errors.length === 0) note({ line, code: failure.code, detail: say(failure.message) });
      for (const { pointer, code, detail } of failure.errors)
        note({ line, code, detail: say(detail), pointer });
    },
    answer(): UploadReport {
      const sorted = errors.sort((a, b) => a.line - b.line);
      return { ...counts, errors: sorted, ...(truncated ? { errors_truncated: true } : {}) };
    },
  };
}
