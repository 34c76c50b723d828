import type { Actor } from '../../kernel/actor.ts';
import { fail } from '../../kernel/errors.ts';
import type { Page } from '../../kernel/page.ts';
import type { Cursors } from '../../table/cursor.ts';
import { commit, type Step } from '../../table/steps.ts';
import type { Table } from '../../table/table.ts';
import { requireOwner } from './access.ts';
import { endsFromItem, linkFromItem, linkItem, linkKey, linksOf } from './keys.ts';
import type { EntityRef, LinkInput, LinkView } from './model.ts';
import { notFound, type Reader } from './reader.ts';
import { linkSteps, missingEntity, resolveEnds, touchStep, unlinkSteps } from './relations.ts';
import type { DefinitionOf } from './service.ts';

export interface LinksOptions {
  readonly table: Table;
  readonly cursors: Cursors;
  readonly reader: Reader;
  readonly definitionOf: DefinitionOf;
}

/** Filters of a listing of links. */
export interface LinksQuery {
  readonly limit: number;
  readonly cursor?: string;
  readonly relation?: string;
  readonly type?: string;
}

const MAX_PAGE_READS = 1000;

export type Links = ReturnType<typeof createLinks>;

export function createLinks({ table, cursors, reader, definitionOf }: LinksOptions) {
  /** Links two entities: both ends in one transaction. Throws 404 for `from`, 422 for the other. */
  async function add(
    actor: Actor,
    from: EntityRef,
    input: LinkInput,
    also: (made: LinkView) => Step[] = () => [],
  ): Promise<LinkView> {
    const { organisation } = actor;
    await definitionOf(organisation, from.type);
    requireOwner(actor, await reader.getRecord(actor, from));
    const ends = await resolveEnds((type) => definitionOf(organisation, type), from, input, '');
    const own = linkFromItem(
      linkItem(organisation, ends, ends.source.uuid === from.uuid ? 'source' : 'target', input.properties),
    );
    await commit(table, [
      touchStep(organisation, from, notFound(from)),
      touchStep(organisation, input, missingEntity(input, '')),
      ...linkSteps(organisation, ends, input.properties, ''),
      ...also(own),
    ]);
    return own;
  }

  async function list(actor: Actor, from: EntityRef, query: LinksQuery): Promise<Page<LinkView>> {
    await definitionOf(actor.organisation, from.type);
    await reader.getRecord(actor, from);
    const scope = [actor.organisation, 'links', from.uuid, query.relation ?? null, query.type ?? null];
    let after = query.cursor === undefined ? undefined : (cursors.open(scope, query.cursor) as string);
    const items: LinkView[] = [];
    for (let reads = 0; ; ) {
      const page = await table.query({
        ...linksOf(actor.organisation, from.uuid),
        after,
        limit: query.limit,
      });
      reads += page.items.length;
      for (const [i, item] of page.items.entries()) {
        const link = linkFromItem(item);
        if (isWanted(link, query)) items.push(link);
        const more = i + 1 < page.items.length || page.next !== undefined;
        if (items.length === query.limit) return { items, next: more ? cursors.seal(scope, item.sk) : null };
      }
      if (page.next === undefined) return { items, next: null };
      if (reads >= MAX_PAGE_READS) return { items, next: cursors.seal(scope, page.next), partial: true };
      after = page.next;
    }
  }

  /** Removes the link by which `from` reaches `to`, called by the relation's own or its inverse name. */
  async function remove(actor: Actor, from: EntityRef, relation: string, to: string): Promise<void> {
    const { organisation } = actor;
    requireOwner(actor, await reader.getRecord(actor, from));
    const item = await findLink(organisation, from, relation, to);
    if (!item) throw noSuchLink(relation, to);
    const ends = endsFromItem(from, item);
    await commit(table, [
      touchStep(organisation, from, notFound(from)),
      touchStep(organisation, { type: String(item.type), uuid: to }, noSuchLink(relation, to)),
      ...unlinkSteps(organisation, ends, noSuchLink(relation, to)),
    ]);
  }

  /** The stored link, wherever it is filed: under the other end's type and the name it has from there. */
  async function findLink(organisation: string, from: EntityRef, relation: string, to: string) {
    const definition = await definitionOf(organisation, from.type);
    const type = await reader.typeOf(organisation, to);
    if (type === undefined) return undefined;
    const other = { type, uuid: to };
    const own = definition.links.find((link) => link.relation === relation);
    const candidates = [
      ...(own
        ? [{ relation, inverse: own.inverse, source: from, target: other, at: 'source' as const }]
        : []),
      ...(await definitionOf(organisation, type)).links
        .filter((link) => link.inverse === relation || (!own && link.relation === relation))
        .map((link) => ({ ...link, source: other, target: from, at: 'target' as const })),
    ];
    const keys = candidates.map(({ at, relation: name, inverse, source, target }) =>
      linkKey(
        organisation,
        {
          relation: name,
          ...(inverse === undefined ? {} : { inverse }),
          source,
          target,
          onePerSource: false,
          onePerTarget: false,
        },
        at,
      ),
    );
    return (await table.getMany(keys)).find((item) => item !== undefined);
  }

  return { add, list, remove };
}

const isWanted = (link: LinkView, query: LinksQuery) =>
  (query.type === undefined || link.type === query.type) &&
  (query.relation === undefined || link.relation === query.relation || link.inverse === query.relation);

function noSuchLink(relation: string, to: string) {
  return fail('absent', 'not_found', `There is no link ${relation} to ${to}.`);
}
