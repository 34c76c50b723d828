import { isDeepStrictEqual } from 'node:util';
import type { Actor } from '../../../kernel/actor.ts';
import { type FieldError, invalid } from '../../../kernel/errors.ts';
import type { Clock } from '../../../kernel/ports.ts';
import type { TypeDefinition } from '../../../schema/definition.ts';
import { byCurrentNames } from '../../../schema/former.ts';
import type { Step } from '../../../table/steps.ts';
import { requireLastOwner, requireOwner } from '../access.ts';
import { createStep, draftChange, newRecord, refuseTooMany } from '../drafts.ts';
import { isGroupStep } from '../groups.ts';
import { type EntityRecord, present } from '../model.ts';
import { derivedSteps } from '../pointers.ts';
import { missingEntity, touchStep } from '../relations.ts';
import { fitLinks } from './fit-links.ts';
import type { Outcome, Row, RowLink } from './row.ts';
import type { DueLink } from './row-links.ts';
import { type Candidate, needsOther, type Survey } from './survey.ts';

/** What a row comes to: the steps that write it whole, but for the links that are left for later. */
export interface Work {
  readonly row: Row;
  readonly uuid: string;
  readonly outcome: Outcome;
  /** Steps on items of the row's own. */
  readonly steps: readonly Step[];
  /** Counts in items that other rows may count in as well: of links that come, and of the members of groups. */
  readonly touches: readonly Step[];
  readonly later: readonly RowLink[];
}

/** What becomes of a link whose other end is not there: it may wait, with its row or alone. */
export type Missing = 'defer_row' | 'defer_link' | 'leave_out' | 'fail';

export interface PlanOptions {
  readonly actor: Actor;
  readonly clock: Clock;
  readonly definition: TypeDefinition;
  readonly survey: Survey;
  /** Asked for a link whose other end is not in the store. */
  readonly missing: (due: DueLink) => Missing | Promise<Missing>;
}

/** The links of a row that are made with it, and those that are left for later. */
export interface SortedLinks {
  readonly due: readonly DueLink[];
  readonly later: readonly RowLink[];
}

/** Looks at each link of a row; undefined if the row has to wait for others. Throws 422 for those to nowhere. */
export async function sortLinks(
  { definition, survey, missing }: PlanOptions,
  { links }: Candidate,
): Promise<SortedLinks | undefined> {
  const due: DueLink[] = [];
  const later: RowLink[] = [];
  const errors: FieldError[] = [];
  for (const each of links) {
    if (survey.isLinked(each)) continue;
    const isThere = !needsOther(each, definition.name) || survey.exists(each.link);
    const fate = isThere ? 'make' : await missing(each);
    if (fate === 'defer_row') return undefined;
    if (fate === 'defer_link') later.push(each.link);
    if (fate === 'make') due.push(each);
    if (fate === 'fail') errors.push(...missingEntity(each.link, each.at).errors);
  }
  if (errors.length > 0) throw invalid(errors);
  return { due, later };
}

/** Says what to write for a row. Throws what is wrong with it. */
export function plan(options: PlanOptions, candidate: Candidate, { due, later }: SortedLinks): Work {
  const before = options.survey.before(candidate.uuid);
  const work = before ? planChange(options, candidate, before, due) : planNew(options, candidate, due);
  return later.length === 0 ? work : { ...work, later: [...later, ...work.later] };
}

function planNew(options: PlanOptions, { row, uuid }: Candidate, due: readonly DueLink[]): Work {
  const { organisation } = options.actor;
  if (row.counted) throw missingEntity({ type: options.definition.name, uuid }, '');
  const { fields = {}, tags = [], owners = {} } = row;
  const record = newRecord(options, { fields, tags, owners }, uuid);
  const { own, shared } = split(derivedSteps(options.definition, undefined, record));
  refuseTooMany(own.length + shared.length + 1);
  const links = fitLinks(organisation, own.length + shared.length + 1, due);
  const { made, later } = links;
  const linked = made === 0 ? record : { ...record, links_version: made, linked: true };
  const steps = [createStep(options.definition, linked), ...own, ...links.steps];
  return { row, uuid, outcome: 'created', steps, touches: [...shared, ...links.touches], later };
}

/** A row that changes nothing writes nothing: the same file twice leaves every version as it is. */
function planChange(
  options: PlanOptions,
  { row, uuid }: Candidate,
  before: EntityRecord,
  due: readonly DueLink[],
): Work {
  requireOwner(options.actor, before);
  const { own, shared } = split(changeSteps(options, row, before));
  const links = fitLinks(before.organisation, own.length + shared.length + 1, due);
  const { made, steps, later } = links;
  const touches = [...shared, ...links.touches];
  const [update, ...derived] = own;
  const work = { row, uuid, outcome: row.counted ?? ('updated' as const), later };
  if (made === 0) return { ...work, steps: own, touches };
  if (update) return { ...work, steps: [countingLinks(update, made), ...derived, ...steps], touches };
  const touch = touchStep(before.organisation, before, missingEntity(before, ''));
  return { ...work, steps, touches: [...touches, touch] };
}

/** The steps on items of the entity's own, and those on items that count several entities. */
function split(steps: readonly Step[]): { readonly own: readonly Step[]; readonly shared: readonly Step[] } {
  if (!steps.some(isGroupStep)) return { own: steps, shared: [] };
  return { own: steps.filter((step) => !isGroupStep(step)), shared: steps.filter(isGroupStep) };
}

function changeSteps({ clock, definition }: PlanOptions, row: Row, before: EntityRecord): readonly Step[] {
  if (!row.fields && !row.tags && !row.owners) return [];
  const current = present(definition, before, []);
  const given = row.fields && byCurrentNames(definition, row.fields);
  const fields = given && !row.partial ? given : { ...current.fields, ...given };
  const input = { fields, tags: row.tags ?? current.tags, owners: row.owners ?? current.owners };
  const defaults = row.fields !== undefined && !row.partial;
  const { record, steps } = draftChange(definition, before, input, { clock, defaults });
  const isSame = (['fields', 'tags', 'owners'] as const).every((part) =>
    isDeepStrictEqual(record[part], before[part]),
  );
  requireLastOwner(before.owners, record.owners);
  return isSame ? [] : steps;
}

function countingLinks(step: Step, made: number): Step {
  const action = step.action as Extract<Step['action'], { type: 'update' }>;
  return {
    ...step,
    action: { ...action, set: { ...action.set, linked: true }, add: { links_version: made } },
  };
}
