import type { Failure } from '../../kernel/errors.ts';
import type { Clock } from '../../kernel/ports.ts';
import { commit, retryStale, type Step } from '../../table/steps.ts';
import type { Table } from '../../table/table.ts';
import { type Deletion, deletionKey } from './doom.ts';
import { collectionOf, endsFromItem, entityKey, linksOf } from './keys.ts';
import type { EntityRecord, EntityRef, LinkEnds } from './model.ts';
import { derivedSteps } from './pointers.ts';
import { unlinkSteps } from './relations.ts';
import type { DefinitionOf } from './service.ts';

interface Tools {
  readonly table: Table;
  readonly clock: Clock;
  readonly definitionOf: DefinitionOf;
}

const LEASE_MS = 30_000;
/** A link costs at most four deletes and one update; with the lease they stay under 99 actions. */
export const LINKS_A_WRITE = 19;

/**
 * Removes what a decided deletion has claimed: farthest members first, so that whoever resumes it still finds
 * the rest from its root; of each member first its links, at both ends, and then itself.
 */
export async function clearAway(
  tools: Tools,
  deletion: Deletion,
  members: readonly EntityRecord[],
): Promise<void> {
  for (const record of members.toReversed()) {
    await clearLinks(tools, deletion, record);
    await clearEntity(tools, deletion, record);
  }
  await tools.table.write([{ type: 'delete', key: deletionKey(deletion.id) }]);
}

async function clearLinks({ table, clock }: Tools, deletion: Deletion, from: EntityRef): Promise<void> {
  for (let more = true; more; ) {
    more = await retryStale(async () => {
      const { items } = await table.query({
        ...linksOf(deletion.organisation, from.uuid),
        limit: LINKS_A_WRITE,
      });
      if (items.length === 0) return false;
      const ends = items.map((item) => endsFromItem(from, item));
      const steps = linkClearingSteps(deletion.organisation, from, ends);
      await commit(table, [...steps, keepLease(deletion, clock)]);
      return true;
    });
  }
}

/** Takes links of `from` away at both ends, whatever becomes of the other ones. */
export function linkClearingSteps(organisation: string, from: EntityRef, links: readonly LinkEnds[]): Step[] {
  const others = new Map(
    links
      .map(({ source, target }) => (source.uuid === from.uuid ? target : source))
      .map((to) => [to.uuid, to]),
  );
  return [
    ...links.flatMap((ends) => unlinkSteps(organisation, ends)),
    ...[...others.values()].map(
      ({ type, uuid }): Step => ({
        action: {
          type: 'update',
          key: entityKey(organisation, uuid),
          collection: collectionOf(organisation, type),
          add: { links_version: 1 },
          condition: { exists: true },
        },
      }),
    ),
  ];
}

async function clearEntity(
  { table, clock, definitionOf }: Tools,
  deletion: Deletion,
  record: EntityRecord,
): Promise<void> {
  const definition = await definitionOf(deletion.organisation, record.type).catch(unknown);
  if (!definition) return; // its whole type is being deleted, and the entity with it
  const key = entityKey(deletion.organisation, record.uuid);
  const collection = collectionOf(deletion.organisation, record.type);
  // While it is claimed its version stays; the record of changes takes it from here.
  const condition = { equals: { doomed: deletion.id, version: record.version } };
  await commit(table, [
    { action: { type: 'delete', key, collection, condition } },
    ...derivedSteps(definition, record, undefined),
    keepLease(deletion, clock),
  ]);
}

function unknown(error: Failure): undefined {
  if (error.kind !== 'absent') throw error;
}

const keepLease = (deletion: Deletion, clock: Clock): Step => ({
  action: {
    type: 'update',
    key: deletionKey(deletion.id),
    set: { lease_until: clock.now() + LEASE_MS },
    condition: { equals: { phase: 'decided' } },
  },
});
