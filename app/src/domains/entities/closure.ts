import { type Failure, fail } from '../../kernel/errors.ts';
import type { DeletePolicy } from '../../schema/definition.ts';
import type { Item, Table } from '../../table/table.ts';
import { endsFromItem, entityWithLinks, fromItem, linkFromItem } from './keys.ts';
import type { EntityRecord, EntityRef, LinkEnds } from './model.ts';
import type { DefinitionOf } from './service.ts';

/** An entity that goes when another one goes, with the links that were read with it. */
export interface Member {
  readonly record: EntityRecord;
  /** All its links, unless there are more than one transaction could remove. */
  readonly links: readonly LinkEnds[] | undefined;
}

/** More than this many entities are not deleted by one request. */
const MAX_MEMBERS = 100_000;
const KEPT_LINKS = 100;
const PAGE = 500;

export interface Closure {
  /** Nearest first; the root is the first. Empty if there is no such entity. */
  readonly members: readonly Member[];
  /** Names an entity that stays and points into the closure by a restricting relation. */
  readonly restrictedBy?: string;
}

/** Everything that goes with `root`: the entities that point to it by a cascading relation, and so on. */
export async function closureOf(
  table: Table,
  definitionOf: DefinitionOf,
  organisation: string,
  root: EntityRef,
): Promise<Closure> {
  const members = new Map<string, Member>();
  const restricting = new Map<string, string>();
  const queue: EntityRef[] = [root];
  for (const ref of queue) {
    if (members.has(ref.uuid)) continue;
    const { member, sources } = await visit(table, organisation, ref);
    if (!member) continue;
    members.set(ref.uuid, member);
    if (members.size > MAX_MEMBERS) throw tooLarge();
    for (const { source, relation } of sources) {
      const policy = await policyOf(definitionOf, organisation, source.type, relation);
      if (policy === 'cascade') queue.push(source);
      if (policy === 'restrict') restricting.set(source.uuid, `${source.type} ${source.uuid} (${relation})`);
    }
  }
  const restricted = [...restricting].find(([uuid]) => !members.has(uuid));
  return { members: [...members.values()], ...(restricted ? { restrictedBy: restricted[1] } : {}) };
}

interface Incoming {
  readonly source: EntityRef;
  readonly relation: string;
}

/** Reads an entity and all its links, page by page; keeps the links only while they are few. */
async function visit(table: Table, organisation: string, ref: EntityRef) {
  const sources: Incoming[] = [];
  const links: LinkEnds[] = [];
  let record: EntityRecord | undefined;
  let after: string | undefined;
  let count = 0;
  do {
    const page = await table.query({ ...entityWithLinks(organisation, ref.uuid), after, limit: PAGE });
    for (const item of page.items) {
      if (item.kind === 'entity') {
        record = fromItem(item);
        continue;
      }
      const incoming = incomingOf(item);
      if (incoming) sources.push(incoming);
      if (++count <= KEPT_LINKS) links.push(endsFromItem(ref, item));
    }
    after = page.next;
  } while (after !== undefined);
  if (record?.type !== ref.type) return { member: undefined, sources: [] };
  return { member: { record, links: count <= KEPT_LINKS ? links : undefined }, sources };
}

function incomingOf(item: Item): Incoming | undefined {
  const link = linkFromItem(item);
  return link.direction === 'in'
    ? { source: { type: link.type, uuid: link.uuid }, relation: link.relation }
    : undefined;
}

async function policyOf(
  definitionOf: DefinitionOf,
  organisation: string,
  type: string,
  relation: string,
): Promise<DeletePolicy> {
  const definition = await definitionOf(organisation, type).catch((error: Failure) => {
    if (error.kind !== 'absent') throw error;
  });
  // What is deleted with its whole type stands in nobody's way, and goes by itself.
  return definition?.links.find((link) => link.relation === relation)?.on_delete ?? 'detach';
}

function tooLarge() {
  return fail('conflict', 'delete_too_large', `More than ${MAX_MEMBERS} entities would be deleted with it.`);
}
