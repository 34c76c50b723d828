import { type Actor, type Author, DEFAULT_ORGANISATION } from '../../../kernel/actor.ts';
import { fail } from '../../../kernel/errors.ts';
import { newUuid } from '../../../kernel/ids.ts';
import type { Page } from '../../../kernel/page.ts';
import type { Clock } from '../../../kernel/ports.ts';
import { foldName } from '../../../schema/order.ts';
import type { Cursors } from '../../../table/cursor.ts';
import { commit, retryStale, type Step } from '../../../table/steps.ts';
import type { Table } from '../../../table/table.ts';
import { requireMatch } from '../../preconditions.ts';
import { type Audit, BY_ITSELF, changesBetween } from '../audit/audit.ts';
import { managesOrganisations } from '../grants.ts';
import { ORGANISATIONS, organisationKey, organisationNameKey } from '../keys.ts';
import { nameTaken, requireShortName } from '../names.ts';
import { etagOf } from '../users/model.ts';
import { fromItem, initialOrganisation, type Organisation, toItem } from './model.ts';

export interface OrganisationsOptions {
  readonly table: Table;
  readonly clock: Clock;
  readonly cursors: Cursors;
  readonly audit: Audit;
}

export type Organisations = ReturnType<typeof createOrganisations>;

export const organisationTag = ({ id, version }: Organisation) => etagOf({ uuid: id, version });

export function createOrganisations({ table, clock, cursors, audit }: OrganisationsOptions) {
  const timestamp = () => new Date(clock.now()).toISOString();

  async function find(id: string): Promise<Organisation | undefined> {
    const item = await table.get(organisationKey(id));
    return item && fromItem(item);
  }

  /** The organisation that the caller sees by this id. Throws 404. */
  async function get(actor: Actor, id: string): Promise<Organisation> {
    const isVisible = id === actor.organisation || managesOrganisations(actor);
    const found = isVisible ? await find(id) : undefined;
    if (!found) throw fail('absent', 'not_found', `There is no organisation ${id}.`);
    return found;
  }

  /** The organisation that is called so, by its name or its id. */
  async function named(nameOrId: string): Promise<Organisation | undefined> {
    const pointer = await table.get(organisationNameKey(nameOrId));
    return find(String(pointer?.organisation ?? nameOrId));
  }

  async function list(
    actor: Actor,
    { limit, cursor }: { limit: number; cursor?: string },
  ): Promise<Page<Organisation>> {
    if (!managesOrganisations(actor)) return { items: [await get(actor, actor.organisation)], next: null };
    const scope = [actor.organisation, 'organisations'];
    const after = cursor === undefined ? undefined : (cursors.open(scope, cursor) as string);
    const page = await table.query({ pk: ORGANISATIONS, after, limit });
    const next = page.next === undefined ? null : cursors.seal(scope, page.next);
    return { items: page.items.map(fromItem), next };
  }

  async function create(
    by: Author,
    name: string,
    also: (made: Organisation) => Step[] = () => [],
  ): Promise<Organisation> {
    requireShortName(name);
    const now = timestamp();
    const made: Organisation = {
      id: newUuid(clock.now()),
      name,
      version: 1,
      created_at: now,
      updated_at: now,
    };
    const steps = [putOrganisation(made, { exists: false }), claimName(made)];
    await commit(table, [...steps, record(by, 'organisation.create', undefined, made), ...also(made)]);
    return made;
  }

  async function rename(
    actor: Actor & Author,
    id: string,
    { name }: { name?: string },
    ifMatch: string | undefined,
  ): Promise<Organisation> {
    return retryStale(async () => {
      const before = await get(actor, id);
      requireMatch(ifMatch, organisationTag(before));
      if (name === undefined || name === before.name) return before;
      requireShortName(name);
      const after = { ...before, name, version: before.version + 1, updated_at: timestamp() };
      const steps = [putOrganisation(after, { equals: { version: before.version } })];
      if (foldName(name) !== foldName(before.name)) {
        steps.push(claimName(after));
        if (foldName(before.name) !== DEFAULT_ORGANISATION) steps.push(freeName(before));
      }
      await commit(table, [...steps, record(actor, 'organisation.change', before, after)]);
      return after;
    });
  }

  /** Sees to it that the default organisation is there. */
  async function ensureDefault(): Promise<void> {
    if (await find(DEFAULT_ORGANISATION)) return;
    const made = initialOrganisation(timestamp());
    const steps = [putOrganisation(made, { exists: false }), claimName(made)];
    try {
      await commit(table, [...steps, record(BY_ITSELF, 'organisation.create', undefined, made)]);
    } catch (error) {
      if (!(await find(DEFAULT_ORGANISATION))) throw error; // else another instance was faster
    }
  }

  function record(by: Author, action: string, before: Organisation | undefined, after: Organisation): Step {
    const changes = changesBetween(before, after, ['name']);
    return audit.step(by, {
      organisation: DEFAULT_ORGANISATION,
      action,
      target: `organisation:${after.id}`,
      changes,
    });
  }

  return { get, find, named, list, create, rename, ensureDefault };
}

function putOrganisation(
  organisation: Organisation,
  condition: { exists: false } | { equals: { version: number } },
): Step {
  return { action: { type: 'put', item: toItem(organisation), condition } };
}

/** Names are unique among all organisations, however they are written. */
function claimName({ id, name }: Organisation): Step {
  const item = {
    ...organisationNameKey(name),
    kind: 'organisation-name',
    schema: 1,
    organisation: id,
  };
  const condition = { anyOf: [{ exists: false }, { equals: { organisation: id } }] };
  return { action: { type: 'put', item, condition }, otherwise: nameTaken(name) };
}

/** The default organisation keeps its first name beside a later one, so that nobody passes for it. */
function freeName({ id, name }: Organisation): Step {
  const condition = { equals: { organisation: id } };
  return { action: { type: 'delete', key: organisationNameKey(name), condition } };
}
