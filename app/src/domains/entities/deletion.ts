import type { Actor } from '../../kernel/actor.ts';
import { type Failure, fail } from '../../kernel/errors.ts';
import { newUuid } from '../../kernel/ids.ts';
import type { Clock, Log } from '../../kernel/ports.ts';
import { commit, retryStale, Stale, type Step } from '../../table/steps.ts';
import { LIMITS, type Table } from '../../table/table.ts';
import { requireMatch } from '../preconditions.ts';
import { requireOwner } from './access.ts';
import { clearAway } from './clearing.ts';
import { closureOf, type Member } from './closure.ts';
import { counting } from './counting.ts';
import { type Deletion, deletionFromItem, deletionItem, deletionKey, deletionsPartition } from './doom.ts';
import { isGroupStep } from './groups.ts';
import { collectionOf, entityKey } from './keys.ts';
import { type EntityRecord, type EntityRef, etagOf, untouched } from './model.ts';
import { derivedSteps } from './pointers.ts';
import type { Reader } from './reader.ts';
import { touchStep, unlinkSteps } from './relations.ts';
import type { DefinitionOf } from './service.ts';

export interface DeletionOptions {
  readonly table: Table;
  readonly clock: Clock;
  readonly log: Log;
  readonly reader: Reader;
  readonly definitionOf: DefinitionOf;
}

const LEASE_MS = 30_000;
const CLAIMS_A_WRITE = LIMITS.actions - 1;

export type Deletions = ReturnType<typeof createDeletions>;

/**
 * Deletes entities with their links, and with the entities that cascade. What fits into one transaction goes in
 * one. More is first claimed, then decided by one write (from which on all of it is absent), then cleared away;
 * `resume` finishes what a stopped process left.
 */
export function createDeletions({ table, clock, log, reader, definitionOf }: DeletionOptions) {
  /** `check` throws for a record that shall not go. */
  async function remove(
    actor: Actor,
    ref: EntityRef,
    ifMatch?: string,
    check: (current: EntityRecord) => void = () => {},
  ): Promise<void> {
    const { organisation } = actor;
    return retryStale(async () => {
      const definition = await definitionOf(organisation, ref.type);
      const record = await reader.getRecord(actor, ref);
      check(record);
      requireMatch(ifMatch, etagOf(definition, record));
      const { members, restrictedBy } = await closureOf(table, definitionOf, organisation, ref);
      // Nothing to delete any more is not the same as having deleted it.
      const [root] = members;
      if (root?.record.version !== record.version || root.record.created_at !== record.created_at)
        throw new Stale();
      for (const member of members) requireOwner(actor, member.record);
      if (restrictedBy) throw restricted(ref, restrictedBy);
      const steps = await stepsInOne(organisation, members);
      if (steps) return commit(table, steps);
      return removeInParts(organisation, ref, members);
    });
  }

  /** The whole deletion as one transaction, or undefined if it does not fit. */
  async function stepsInOne(organisation: string, members: readonly Member[]): Promise<Step[] | undefined> {
    if (members.length > LIMITS.actions || members.some((member) => !member.links)) return undefined;
    const gone = new Set(members.map((member) => member.record.uuid));
    const steps = new Map<string, Step>();
    for (const { record, links } of members) {
      const definition = await definitionOf(organisation, record.type).catch(goneMeanwhile);
      const condition = untouched(record);
      const key = entityKey(organisation, record.uuid);
      const all: Step[] = [
        { action: { type: 'delete', key, collection: collectionOf(organisation, record.type), condition } },
        ...derivedSteps(definition, record, undefined),
      ];
      for (const ends of links ?? []) {
        const other = ends.source.uuid === record.uuid ? ends.target : ends.source;
        all.push(...unlinkSteps(organisation, ends));
        if (!gone.has(other.uuid)) all.push(touchStep(organisation, other));
      }
      for (const step of all) {
        const at = addressOf(step);
        const known = steps.get(at);
        // Two members may share a link or a neighbour, or belong to one group.
        steps.set(at, known && isGroupStep(step) ? merged(known, step) : step);
      }
    }
    return steps.size <= LIMITS.actions ? [...steps.values()] : undefined;
  }

  async function removeInParts(
    organisation: string,
    root: EntityRef,
    members: readonly Member[],
  ): Promise<void> {
    const deletion: Deletion = {
      id: newUuid(clock.now()),
      phase: 'claiming',
      organisation,
      ...root,
      lease_until: clock.now() + LEASE_MS,
    };
    await commit(table, [
      { action: { type: 'put', item: deletionItem(deletion), condition: { exists: false } } },
    ]);
    try {
      await claim(deletion, members);
      await decide(deletion);
    } catch (error) {
      await release(deletion, members);
      throw error;
    }
    await clearAway(
      { table, clock, definitionOf },
      deletion,
      members.map(({ record }) => record),
    );
  }

  /** Claims every member as it was read: one that got a new link since makes the reading stale. */
  async function claim(deletion: Deletion, members: readonly Member[]): Promise<void> {
    for (let i = 0; i < members.length; i += CLAIMS_A_WRITE) {
      const steps = members.slice(i, i + CLAIMS_A_WRITE).map(({ record }): Step => {
        const key = entityKey(deletion.organisation, record.uuid);
        const condition = untouched(record);
        const collection = collectionOf(deletion.organisation, record.type);
        return { action: { type: 'update', key, collection, set: { doomed: deletion.id }, condition } };
      });
      await commit(table, [...steps, extendLease(deletion)]);
    }
  }

  const extendLease = (deletion: Deletion): Step => ({
    action: {
      type: 'update',
      key: deletionKey(deletion.id),
      set: { lease_until: clock.now() + LEASE_MS },
      condition: { equals: { phase: deletion.phase } },
    },
  });

  /** The one write that makes all members absent. */
  const decide = (deletion: Deletion) =>
    commit(table, [
      {
        action: {
          type: 'update',
          key: deletionKey(deletion.id),
          set: { phase: 'decided', lease_until: clock.now() + LEASE_MS },
          condition: { equals: { phase: 'claiming' } },
        },
      },
    ]);

  /** Gives claimed members back. The record stays for a while, for readers that saw a claim just before. */
  async function release(deletion: Deletion, members: readonly Member[]): Promise<void> {
    for (const { record } of members) {
      const key = entityKey(deletion.organisation, record.uuid);
      const collection = collectionOf(deletion.organisation, record.type);
      const condition = { equals: { doomed: deletion.id } };
      await commit(table, [
        { action: { type: 'update', key, collection, remove: ['doomed'], condition } },
      ]).catch(ignoreStale);
    }
    const expires_at = Math.ceil(clock.now() / 1000) + 60;
    const condition = { equals: { phase: 'claiming' } };
    await commit(table, [
      { action: { type: 'update', key: deletionKey(deletion.id), set: { expires_at }, condition } },
    ]).catch(ignoreStale);
  }

  /** Finishes or gives up the deletions whose process has stopped. Safe to run anywhere, at any time. */
  async function resume(): Promise<void> {
    const { items } = await table.query({ pk: deletionsPartition, limit: 100 });
    for (const deletion of items.map(deletionFromItem)) {
      if (deletion.lease_until > clock.now()) continue;
      log.warn('resuming a deletion', { deletion: deletion.id, phase: deletion.phase });
      await retake(deletion).catch((error) => log.error('a deletion cannot be resumed', { error }));
    }
  }

  async function retake(deletion: Deletion): Promise<void> {
    const { lease_until, phase } = deletion;
    const taken = extendLease(deletion).action as Extract<Step['action'], { type: 'update' }>;
    await commit(table, [{ action: { ...taken, condition: { equals: { phase, lease_until } } } }]);
    const { organisation, type, uuid } = deletion;
    const closure = await closureOf(table, definitionOf, organisation, { type, uuid });
    const members = closure.members.filter(({ record }) => record.doomed === deletion.id);
    if (phase === 'claiming') return release(deletion, members);
    await clearAway(
      { table, clock, definitionOf },
      deletion,
      members.map(({ record }) => record),
    );
  }

  return { remove, resume };
}

const merged = (one: Step, other: Step): Step => ({ ...one, action: counting(one.action, other.action) });

function addressOf({ action }: Step): string {
  const { pk, sk } = action.type === 'put' ? action.item : action.key;
  return `${pk} ${sk}`;
}

function restricted(ref: EntityRef, by: string) {
  return fail('conflict', 'restricted', `The ${ref.type} ${ref.uuid} cannot go while ${by} links to it.`);
}

/** A member whose type is deleted is none any more. */
function goneMeanwhile(error: Failure): never {
  throw error.kind === 'absent' ? new Stale() : error;
}

function ignoreStale(error: unknown): void {
  if (!(error instanceof Stale)) throw error;
}
