import type { Failure } from '../../../kernel/errors.ts';
import { newUuid } from '../../../kernel/ids.ts';
import { shapeOf } from '../model.ts';
import type { UploadContext } from './context.ts';
import { knownOwners } from './known-owners.ts';
import { type PlanOptions, plan, sortLinks, type Work } from './plan.ts';
import { isRowFailure, type Row } from './row.ts';
import { dueLinks } from './row-links.ts';
import { type Candidate, type Survey, survey } from './survey.ts';

export interface Failed {
  readonly row: Row;
  readonly failure: Failure;
}

/** What a row comes to. One with neither work nor failure has to wait for other rows. */
export type Planned = Failed | { readonly row: Row; readonly work?: Work; readonly failure?: undefined };

export interface Plans {
  readonly missing: PlanOptions['missing'];
  /** What counts as being in the store, where that is more than what is there. */
  readonly assume?: (found: Survey) => Survey;
}

/** Plans rows side by side: what one of them will write, the others do not see yet. */
export async function planRows(
  context: UploadContext,
  rows: readonly Row[],
  plans: Plans,
): Promise<Planned[]> {
  return planCandidates(context, await candidatesOf(context, rows), plans);
}

/** Gives every row its uuid and finds out what its links name. */
export function candidatesOf(context: UploadContext, rows: readonly Row[]): Promise<(Candidate | Failed)[]> {
  return Promise.all(
    rows.map((row) => {
      const uuid = row.uuid ?? newUuid(context.clock.now());
      return row.links.length === 0 ? { row, uuid, links: [] } : linkedCandidate(context, row, uuid);
    }),
  );
}

async function linkedCandidate(
  { scope, type }: UploadContext,
  row: Row,
  uuid: string,
): Promise<Candidate | Failed> {
  try {
    return { row, uuid, links: await dueLinks(scope, { type, uuid }, row) };
  } catch (failure) {
    return failedBy(row, failure);
  }
}

const NO_LINKS = { due: [], later: [] };

export async function planCandidates(
  context: UploadContext,
  candidates: readonly (Candidate | Failed)[],
  { missing, assume = (found) => found }: Plans,
): Promise<Planned[]> {
  const { table, reader, actor, clock, type } = context;
  const good = candidates.filter((one) => 'uuid' in one);
  const found = assume(await survey(table, reader, actor.organisation, type, good));
  const definition = await definitionFor(context, good, found);
  const options = { actor, clock, definition, survey: found, missing };
  const checkOwners = knownOwners(context);
  const planned: Planned[] = [];
  for (const one of candidates) {
    if ('failure' in one) {
      planned.push(one);
      continue;
    }
    const { row } = one;
    try {
      const links = one.links.length === 0 ? NO_LINKS : await sortLinks(options, one);
      const work = links && plan(options, one, links);
      if (work) await checkOwners(row, found.before(one.uuid));
      planned.push(work ? { row, work } : { row });
    } catch (failure) {
      planned.push(failedBy(row, failure));
    }
  }
  return planned;
}

/** Throws again what is not the row's fault. */
function failedBy(row: Row, failure: unknown): Failed {
  if (isRowFailure(failure)) return { row, failure };
  throw failure;
}

/** The remembered definition, unless an entity was written by a newer one. */
async function definitionFor(
  { actor, type, definitionOf, freshDefinitionOf }: UploadContext,
  candidates: readonly Candidate[],
  found: Survey,
) {
  const definition = await definitionOf(actor.organisation, type);
  const isOld = candidates.some(({ uuid }) => {
    const before = found.before(uuid);
    return before !== undefined && shapeOf(before) > definition.version;
  });
  return isOld ? freshDefinitionOf(actor.organisation, type) : definition;
}
