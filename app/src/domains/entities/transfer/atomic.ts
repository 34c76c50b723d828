import { fail } from '../../../kernel/errors.ts';
import { ConditionFailed } from '../../../table/failures.ts';
import { keyText } from '../../../table/rules.ts';
import { retryStale } from '../../../table/steps.ts';
import { MOST_STEPS } from '../drafts.ts';
import { linkKey } from '../keys.ts';
import type { UploadContext } from './context.ts';
import { faultsOf, partsOf } from './one-transaction.ts';
import type { Work } from './plan.ts';
import { candidatesOf, type Failed, type Plans, planCandidates } from './plan-rows.ts';
import { createReport, type UploadReport } from './report.ts';
import type { BadRow, Row } from './row.ts';
import type { DueLink } from './row-links.ts';
import type { Rows } from './rows.ts';
import type { Candidate } from './survey.ts';

interface Attempt {
  readonly works: readonly Work[];
  readonly faults: readonly BadRow[];
}

/**
 * Writes all rows in one transaction or, if anything is wrong with any of them, none: then all count as failed,
 * and the errors name those at fault. Rows may be linked to each other in any order. Throws 413 for more than
 * one transaction holds.
 */
export async function uploadAtOnce(context: UploadContext, rows: Rows): Promise<UploadReport> {
  const { good, bad } = await collect(rows);
  const { works, faults } = await retryStale(() => attempt(context, good, bad));
  const report = createReport();
  if (faults.length === 0) for (const { outcome } of works) report.done(outcome);
  for (const { line, failure } of faults) report.failed(line, failure);
  if (faults.length > 0) report.counts.failed = good.length + bad.length;
  return report.answer();
}

async function collect(rows: Rows): Promise<{ good: Row[]; bad: BadRow[] }> {
  const good: Row[] = [];
  const bad: BadRow[] = [];
  for await (const some of rows) {
    for (const row of some) {
      if ('failure' in row) bad.push(row);
      else good.push(row);
      if (good.length + bad.length > MOST_STEPS) throw tooMany();
    }
  }
  return { good, bad };
}

async function attempt(
  context: UploadContext,
  rows: readonly Row[],
  bad: readonly BadRow[],
): Promise<Attempt> {
  const faults = [...bad];
  const candidates = eachOnce(context.actor.organisation, await candidatesOf(context, rows));
  const works: Work[] = [];
  for (const planned of await planCandidates(context, candidates, together(context.type, candidates))) {
    if (planned.failure) faults.push({ line: planned.row.line, failure: planned.failure });
    else if (planned.work) works.push(planned.work);
  }
  const parts = partsOf(works, faults);
  if (parts.length > MOST_STEPS || works.some((work) => work.later.length > 0)) throw tooMany();
  if (faults.length > 0) return { works, faults };
  try {
    await context.table.write(parts.map((part) => part.action));
    return { works, faults };
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    return { works, faults: faultsOf(error.failed.map((at) => parts[at]!)) };
  }
}

/** Two rows may tell of one link, one from each end; two rows of one uuid have no place in one transaction. */
function eachOnce(organisation: string, candidates: readonly (Candidate | Failed)[]): (Candidate | Failed)[] {
  const links = new Set<string>();
  const uuids = new Set<string>();
  const isNew = ({ ends }: DueLink) => {
    const both = (['source', 'target'] as const).map((end) => keyText(linkKey(organisation, ends, end)));
    const name = both.sort().join('\n');
    return !links.has(name) && links.add(name);
  };
  return candidates.map((one) => {
    if (!('uuid' in one)) return one;
    if (uuids.has(one.uuid)) return { row: one.row, failure: repeated(one.uuid) };
    uuids.add(one.uuid);
    return { ...one, links: one.links.filter(isNew) };
  });
}

/** Rows that are written together count as being there already. */
function together(type: string, candidates: readonly (Candidate | Failed)[]): Plans {
  const uuids = new Set(candidates.flatMap((one) => ('uuid' in one ? [one.uuid] : [])));
  return {
    assume: (found) => ({
      ...found,
      exists: (ref) => (ref.type === type && uuids.has(ref.uuid)) || found.exists(ref),
    }),
    missing: ({ link }) => (link.direction === 'in' ? 'leave_out' : 'fail'),
  };
}

function tooMany() {
  const detail = `An atomic upload writes at most ${MOST_STEPS} items: an entity, its index entries and its links count as one each.`;
  return fail('too_large', 'too_many_items', detail);
}

function repeated(uuid: string) {
  const detail = `Another row of this upload has the uuid ${uuid} too.`;
  return fail('conflict', 'duplicate', detail, { errors: [{ pointer: '/uuid', code: 'duplicate', detail }] });
}
