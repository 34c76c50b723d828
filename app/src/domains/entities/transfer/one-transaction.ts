import { isDeepStrictEqual } from 'node:util';
import { fail } from '../../../kernel/errors.ts';
import { keyText } from '../../../table/rules.ts';
import { Stale, type Step } from '../../../table/steps.ts';
import { type Action, keyOf } from '../../../table/table.ts';
import { counting } from '../counting.ts';
import { isGroupStep } from '../groups.ts';
import type { Work } from './plan.ts';
import type { BadRow, Row } from './row.ts';

/** One action of a transaction, with the steps of rows that it stands for. */
export interface Part {
  readonly action: Action;
  readonly of: readonly { readonly row: Row; readonly step: Step }[];
}

/** Merges rows that may be linked to each other. Rows that cannot go together are added to `faults`. */
export function partsOf(works: readonly Work[], faults: BadRow[]): Part[] {
  const parts = new Map<string, Part>();
  for (const { row, steps } of works) {
    for (const step of steps) {
      const name = keyText(keyOf(step.action));
      if (parts.has(name)) faults.push({ line: row.line, failure: step.otherwise ?? twice() });
      else parts.set(name, { action: step.action, of: [{ row, step }] });
    }
  }
  for (const { row, touches } of works) {
    for (const step of touches) {
      const name = keyText(keyOf(step.action));
      const { action, of } = parts.get(name) ?? { action: undefined, of: [] };
      if (isGroupStep(step) && action && !isDeepStrictEqual(action.condition, step.action.condition)) {
        faults.push({ line: row.line, failure: step.otherwise ?? twice() });
        continue;
      }
      const counted = action ? counting(action, step.action) : step.action;
      parts.set(name, { action: counted, of: [...of, { row, step }] });
    }
  }
  return [...parts.values()];
}

function twice() {
  return fail('conflict', 'write_conflict', 'Another row of this upload writes the same item.');
}

/** What the failed parts mean to their rows. Throws `Stale` if they only mean that the reading is out of date. */
export function faultsOf(failed: readonly Part[]): BadRow[] {
  const faults = failed.flatMap(({ of }) =>
    of.flatMap(({ row, step }) => (step.otherwise ? [{ line: row.line, failure: step.otherwise }] : [])),
  );
  if (faults.length === 0) throw new Stale();
  return faults;
}
