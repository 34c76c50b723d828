import { isDeepStrictEqual } from 'node:util';
import type { Actor } from '../../kernel/actor.ts';
import { type FieldError, fail, invalid } from '../../kernel/errors.ts';
import type { Clock } from '../../kernel/ports.ts';
import { createTurns } from '../../kernel/turns.ts';
import type { TypeDefinition } from '../../schema/definition.ts';
import { commit, retryStale, type Step } from '../../table/steps.ts';
import type { Table } from '../../table/table.ts';
import { createOnly, requireMatch } from '../preconditions.ts';
import { requireLastOwner, requireOwner } from './access.ts';
import { disagreement } from './disagreement.ts';
import { draftChange, draftNew } from './drafts.ts';
import {
  type EntityInput,
  type EntityRecord,
  type EntityRef,
  type EntityView,
  etagOf,
  type Owners,
  present,
  shapeOf,
} from './model.ts';
import { type Found, notFound, type Reader } from './reader.ts';

export interface EntitiesOptions {
  readonly table: Table;
  readonly clock: Clock;
  readonly reader: Reader;
  /** The definition of a type of the organisation; throws 404 for an unknown one. */
  readonly definitionOf: DefinitionOf;
  /** The same, read from the store: asked when a request does not fit what is remembered. */
  readonly freshDefinitionOf: DefinitionOf;
  readonly unknownOwners: UnknownOwners;
}

/** What is wrong with owners: users, groups and organisations that the organisation does not have. */
export type UnknownOwners = (organisation: string, owners: Partial<Owners>) => Promise<readonly FieldError[]>;

export type DefinitionOf = (organisation: string, type: string) => Promise<TypeDefinition>;

/** An entity as it is answered, with its validator. */
export interface Presented {
  readonly entity: EntityView;
  readonly etag: string;
}

export interface Preconditions {
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
}

export interface ChangeOptions {
  /** Whether fields that are left out get their defaults. */
  readonly defaults?: boolean;
  /** Throws for a record that shall not be changed; asked before anything else. */
  readonly check?: (current: EntityRecord) => void;
  /** What else is written with the change. */
  readonly also?: (made: Presented) => Step[];
}

export type Entities = ReturnType<typeof createEntities>;

export function createEntities(options: EntitiesOptions) {
  const { table, clock, reader, definitionOf, freshDefinitionOf, unknownOwners } = options;
  const takeTurn = createTurns();

  const presented = (definition: TypeDefinition, { record, links }: Found): Presented => ({
    entity: present(definition, record, links),
    etag: etagOf(definition, record),
  });

  /** A definition that knows every field that the record may hold. */
  async function definitionFor(record: EntityRecord, known?: TypeDefinition): Promise<TypeDefinition> {
    const definition = known ?? (await definitionOf(record.organisation, record.type));
    return definition.version >= shapeOf(record)
      ? definition
      : freshDefinitionOf(record.organisation, record.type);
  }

  /** Runs with the remembered definition; what that refuses is judged again by the stored one. */
  async function withDefinition<T>(
    organisation: string,
    type: string,
    run: (definition: TypeDefinition) => Promise<T>,
  ): Promise<T> {
    const definition = await definitionOf(organisation, type);
    try {
      return await run(definition);
    } catch (error) {
      const fresh = await freshDefinitionOf(organisation, type);
      if (fresh.version === definition.version && fresh.uuid === definition.uuid) throw error;
      return run(fresh);
    }
  }

  async function create(
    actor: Actor,
    type: string,
    input: EntityInput,
    also: (made: Presented) => Step[] = () => [],
    uuid?: string,
  ): Promise<Presented> {
    return withDefinition(actor.organisation, type, async (definition) => {
      await checkOwners(actor, input);
      const draft = await draftNew(draftOptions(actor, definition), input, uuid);
      const made = presented(definition, draft);
      await explained(definition, draft.record, () => commit(table, [...draft.steps, ...also(made)]));
      return made;
    });
  }

  /** Throws 422 for owners that the organisation does not have. */
  async function checkOwners({ organisation }: Actor, { owners }: EntityInput): Promise<void> {
    const errors = owners ? await unknownOwners(organisation, owners) : [];
    if (errors.length > 0) throw invalid(errors);
  }

  /** Where a member of a group is in another one already, the failure says by which entity. */
  async function explained<T>(
    definition: TypeDefinition,
    record: EntityRecord,
    run: () => Promise<T>,
  ): Promise<T> {
    try {
      return await run();
    } catch (error) {
      throw (await disagreement(table, reader, definition, record, error)) ?? error;
    }
  }

  const draftOptions = (actor: Actor, definition: TypeDefinition) => ({
    actor,
    clock,
    definition,
    definitionOf: (name: string) => definitionOf(actor.organisation, name),
  });

  async function get(actor: Actor, ref: EntityRef): Promise<Presented> {
    // Side by side: where nothing is remembered both are read from the store.
    const [definition, found] = await Promise.all([
      definitionOf(actor.organisation, ref.type), // an unknown type is told as such
      reader.find(actor.organisation, ref),
    ]);
    if (!found) throw notFound(ref);
    return presented(await definitionFor(found.record, definition), found);
  }

  /** Replaces fields, tags and owners. With `If-None-Match: *` creates the entity under this uuid instead. */
  async function replace(
    actor: Actor,
    ref: EntityRef,
    input: EntityInput,
    conditions: Preconditions = {},
  ): Promise<Presented & { created: boolean }> {
    if (createOnly(conditions.ifNoneMatch)) {
      return { ...(await createNamed(actor, ref, input)), created: true };
    }
    const changed = await change(actor, ref, conditions, () => input, { defaults: true });
    return { ...changed, created: false };
  }

  async function createNamed(actor: Actor, ref: EntityRef, input: EntityInput): Promise<Presented> {
    try {
      return await create(actor, ref.type, input, undefined, ref.uuid);
    } catch (error) {
      if ((error as { code?: string }).code !== 'already_exists') throw error;
      throw fail('precondition', 'precondition_failed', `There is a record ${ref.uuid} already.`);
    }
  }

  /** Brings an entity to the state that `next` makes of its current one, again if that has changed meanwhile. */
  async function change(
    actor: Actor,
    ref: EntityRef,
    conditions: Preconditions,
    next: (current: EntityView, definition: TypeDefinition) => EntityInput,
    { defaults = false, check = () => {}, also = () => [] }: ChangeOptions = {},
  ): Promise<Presented> {
    const once = (known: TypeDefinition) => async () => {
      const found = await reader.get(actor, ref);
      check(found.record);
      const definition = await definitionFor(found.record, known);
      requireOwner(actor, found.record);
      requireMatch(conditions.ifMatch, etagOf(definition, found.record));
      const input = next(present(definition, found.record, []), definition);
      const { record, steps } = draftChange(definition, found.record, input, { clock, defaults });
      if (!isDeepStrictEqual({ ...record.owners }, { ...found.record.owners })) {
        requireLastOwner(found.record.owners, record.owners);
        await checkOwners(actor, record);
      }
      const made = presented(definition, { ...found, record });
      await explained(definition, record, () => commit(table, [...steps, ...also(made)]));
      return made;
    };
    return takeTurn(ref.uuid, () =>
      withDefinition(actor.organisation, ref.type, (definition) => retryStale(once(definition))),
    );
  }

  return { create, get, replace, change, presented, definitionFor, withDefinition, draftOptions };
}
