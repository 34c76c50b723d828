import type { Actor } from '../../kernel/actor.ts';
import { type FieldError, fail, invalid, pointer } from '../../kernel/errors.ts';
import { isUuid, namedUuid, newUuid } from '../../kernel/ids.ts';
import type { Clock } from '../../kernel/ports.ts';
import { checkTags } from '../../schema/define.ts';
import type { TypeDefinition } from '../../schema/definition.ts';
import { byCurrentNames } from '../../schema/former.ts';
import { foldName } from '../../schema/order.ts';
import { shadowValues } from '../../schema/shadows.ts';
import { checkFields, type FieldValues } from '../../schema/values.ts';
import type { Step } from '../../table/steps.ts';
import { LIMITS } from '../../table/table.ts';
import { collectionOf, toItem } from './keys.ts';
import {
  type EntityInput,
  type EntityRecord,
  type LinkEnds,
  type LinkInput,
  type LinkView,
  type Owners,
  unchanged,
} from './model.ts';
import { derivedSteps } from './pointers.ts';
import { linkSteps, missingEntity, resolveEnds, touchStep } from './relations.ts';

/** An entity that is ready to be written: the record, its links as it sees them, and the transaction. */
export interface Draft {
  readonly record: EntityRecord;
  readonly links: readonly LinkView[];
  readonly steps: readonly Step[];
}

export interface DraftOptions {
  readonly actor: Actor;
  readonly clock: Clock;
  readonly definition: TypeDefinition;
  readonly definitionOf: (type: string) => Promise<TypeDefinition>;
}

/** Checks what is to become a new entity and says what to write. `uuid` is given when one is imported. */
export async function draftNew(options: DraftOptions, input: EntityInput, uuid?: string): Promise<Draft> {
  const links = input.links ?? [];
  const record = {
    ...newRecord(options, input, uuid),
    links_version: links.length,
    linked: links.length > 0,
  };
  const ends = await resolveAll(options, record, links);
  const steps = [
    createStep(options.definition, record),
    ...derivedSteps(options.definition, undefined, record),
    ...newLinkSteps(record, links, ends),
  ];
  refuseTooMany(steps.length);
  return { record, links: links.map((link, i) => viewOf(link, ends[i]!, record)), steps };
}

/** A new entity, checked, that has no links yet. */
export function newRecord(
  { actor, clock, definition }: Omit<DraftOptions, 'definitionOf'>,
  input: EntityInput,
  uuid?: string,
): EntityRecord {
  const completed = {
    ...input,
    fields: definition.rules?.complete?.(input.fields ?? {}) ?? input.fields ?? {},
  };
  const parts = checkParts(definition, completed, { defaults: true, now: clock.now(), before: undefined });
  const now = new Date(clock.now()).toISOString();
  return {
    uuid: uuidFor(definition, parts.fields, uuid) ?? newUuid(clock.now()),
    type: definition.name,
    organisation: actor.organisation,
    ...parts,
    version: 1,
    links_version: 0,
    linked: false,
    type_version: definition.version,
    created_at: now,
    updated_at: now,
  };
}

/** The fields with what follows from them filled in. */
export function completed({ rules }: TypeDefinition, fields: EntityInput['fields'] = {}) {
  return rules?.complete?.(fields) ?? fields;
}

/** The uuid that follows from the field that names an entity, where one does. Throws 422 for another one. */
export function uuidFor(
  { name, rules }: TypeDefinition,
  fields: Readonly<Record<string, unknown>>,
  chosen?: string,
): string | undefined {
  const keyField = rules?.keyField;
  if (keyField === undefined || typeof fields[keyField] !== 'string') return chosen;
  const uuid = namedUuid(name, foldName(fields[keyField]));
  if (chosen === undefined || chosen === uuid) return uuid;
  throw namesTheEntity(keyField);
}

/** Throws 422 if the field that names an entity would change, be it only in its spelling. */
function refuseAnotherName({ rules }: TypeDefinition, before: EntityRecord, fields: FieldValues): void {
  const keyField = rules?.keyField;
  if (keyField !== undefined && fields[keyField] !== before.fields[keyField]) throw namesTheEntity(keyField);
}

function namesTheEntity(keyField: string) {
  const detail = `The ${keyField} names the entity, so it cannot change, and the uuid follows from it.`;
  return invalid([{ pointer: pointer('fields', keyField), code: 'names_the_entity', detail }]);
}

export function createStep({ rules }: TypeDefinition, record: EntityRecord): Step {
  return {
    action: {
      type: 'put',
      item: toItem(record),
      collection: collectionOf(record.organisation, record.type),
      condition: { exists: false },
    },
    // Made when it is asked for: a failure captures a stack, which costs as much as the rest of the step.
    get otherwise() {
      if (rules?.keyField !== undefined) return nameTaken(rules.keyField);
      return fail('conflict', 'already_exists', `There is a record ${record.uuid} already.`);
    },
  };
}

function nameTaken(field: string) {
  const detail = `Another entity has this ${field}.`;
  return fail('conflict', 'name_taken', detail, {
    errors: [{ pointer: pointer('fields', field), code: 'not_unique', detail }],
  });
}

/** Checks the new state of an entity and says what to write to get there from `before`. */
export function draftChange(
  definition: TypeDefinition,
  before: EntityRecord,
  input: EntityInput,
  options: { readonly clock: Clock; readonly defaults: boolean },
): { record: EntityRecord; steps: Step[] } {
  const now = options.clock.now();
  const parts = checkParts(definition, input, { defaults: options.defaults, now, before: before.fields });
  refuseAnotherName(definition, before, parts.fields);
  const version = before.version + 1;
  const updated_at = new Date(now).toISOString();
  const { shape, ...rest } = before;
  const record = { ...rest, ...parts, version, type_version: definition.version, updated_at };
  const { pk, sk } = toItem(record);
  const set = {
    ...parts,
    owners: { ...parts.owners },
    version,
    type_version: definition.version,
    updated_at,
  };
  const remove = shape === undefined ? {} : { remove: ['shape'] };
  const condition = unchanged(before);
  const collection = collectionOf(record.organisation, record.type);
  const update: Step = { action: { type: 'update', key: { pk, sk }, collection, set, ...remove, condition } };
  const steps = [update, ...derivedSteps(definition, before, record)];
  refuseTooMany(Math.max(steps.length, derivedSteps(definition, undefined, record).length + 1));
  return { record, steps };
}

interface CheckOptions {
  readonly defaults: boolean;
  readonly now: number;
  /** The fields as they are stored, of an entity that is there already. */
  readonly before: FieldValues | undefined;
}

/** Fields, tags and owners, checked; throws all that is wrong with them at once. */
function checkParts(definition: TypeDefinition, input: EntityInput, { defaults, now, before }: CheckOptions) {
  const twice: FieldError[] = [];
  const fields = byCurrentNames(definition, input.fields ?? {}, twice);
  const { values, errors } = checkFields(definition, fields, defaults);
  const shadows = shadowValues(definition, values, before);
  const tags = input.tags ?? [];
  const owners: Owners = { users: [], groups: [], organisations: [], ...input.owners };
  const all = [
    ...twice,
    ...errors,
    // Of a field that has no value because it is wrong there is nothing more to say.
    ...(errors.length === 0 ? shadows.errors : []),
    ...(definition.rules?.check?.(values, now) ?? []),
    ...checkTags(tags, '/tags'),
    ...checkLinkUuids(input.links ?? []),
  ];
  if (all.some((error) => error.code === 'unknown_field')) {
    throw fail('malformed', 'unknown_field', 'The request names fields that the type does not have.', {
      errors: all,
    });
  }
  if (all.length > 0) throw invalid(all);
  return { fields: { ...values, ...shadows.values }, tags, owners };
}

function checkLinkUuids(links: readonly LinkInput[]): FieldError[] {
  return links.flatMap((link, i) =>
    isUuid(link.uuid)
      ? []
      : [{ pointer: pointer('links', i, 'uuid'), code: 'invalid_uuid', detail: 'Must be a UUID.' }],
  );
}

/** Every link is looked at, so that all that is wrong is told at once. */
async function resolveAll(
  { definitionOf }: DraftOptions,
  from: EntityRecord,
  links: readonly LinkInput[],
): Promise<LinkEnds[]> {
  const resolved = await Promise.allSettled(
    links.map((link, i) => resolveEnds(definitionOf, from, link, pointer('links', i))),
  );
  const reasons = resolved.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  const unexpected = reasons.find((reason) => reason.kind !== 'invalid');
  if (unexpected) throw unexpected;
  if (reasons.length > 0) throw invalid(reasons.flatMap((reason) => reason.errors));
  return resolved.map((one) => (one as PromiseFulfilledResult<LinkEnds>).value);
}

function newLinkSteps(record: EntityRecord, links: readonly LinkInput[], ends: readonly LinkEnds[]): Step[] {
  const steps = ends.flatMap((both, i) =>
    linkSteps(record.organisation, both, links[i]!.properties, pointer('links', i)),
  );
  const touched = new Map(links.map((link, i) => [link.uuid, { link, at: pointer('links', i) }]));
  for (const { link, at } of touched.values()) {
    steps.push(touchStep(record.organisation, link, missingEntity(link, at)));
  }
  refuseRepeats(steps);
  return steps;
}

/** Two links that would be one and the same item. */
export function refuseRepeats(steps: readonly Step[]): void {
  const seen = new Set<string>();
  for (const { action, otherwise } of steps) {
    if (action.type !== 'put') continue;
    const name = `${action.item.pk} ${action.item.sk}`;
    if (seen.has(name)) throw otherwise ?? fail('conflict', 'already_linked', 'A link is listed twice.');
    seen.add(name);
  }
}

/** What one request may write; one action more is kept for the reply of an idempotency key. */
export const MOST_STEPS = LIMITS.actions - 1;

export function refuseTooMany(count: number): void {
  if (count <= MOST_STEPS) return;
  const detail = `The record needs ${count} items in the table; one request may write ${MOST_STEPS}. Add links one by one.`;
  throw fail('invalid', 'too_many_items', detail);
}

function viewOf(link: LinkInput, ends: LinkEnds, record: EntityRecord): LinkView {
  const { relation, inverse } = ends;
  return {
    relation,
    direction: ends.source.uuid === record.uuid ? 'out' : 'in',
    ...(inverse === undefined ? {} : { inverse }),
    type: link.type,
    uuid: link.uuid,
    ...(link.properties === undefined ? {} : { properties: link.properties }),
  };
}
