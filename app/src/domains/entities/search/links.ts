import { key, parts } from '../../../table/keys.ts';
import { reaching } from '../keys.ts';
import type { CountedTable } from './budget.ts';
import type { LinkCondition } from './request.ts';
import { type IdStream, pointerStream, unionStream } from './streams.ts';

/** A link condition with the names under which the links that meet it are filed. */
export interface LinkLookup {
  readonly name: string;
  readonly uuid: string;
  readonly relations: readonly string[];
}

/** Finds the names by which entities of a type reach a uuid, by jumping from one name to the next. */
export async function linkLookup(
  table: CountedTable,
  organisation: string,
  type: string,
  { relation, uuid }: LinkCondition,
): Promise<LinkLookup> {
  if (relation !== undefined) return { name: `link:${relation}`, uuid, relations: [relation] };
  const range = reaching(organisation, uuid, type);
  const relations: string[] = [];
  for (let from = range.from; ; ) {
    const { items } = await table.query({ pk: range.pk, from, to: range.to, limit: 1 });
    const [, , name] = parts(items[0]?.sk ?? '');
    if (name === undefined) return { name: 'link', uuid, relations };
    relations.push(name);
    from = reaching(organisation, uuid, type, name).to;
  }
}

/** The entities of a type that meet a link condition, by uuid. */
export function linkStream(
  table: CountedTable,
  organisation: string,
  type: string,
  lookup: LinkLookup,
): IdStream {
  const streams = lookup.relations.map((name) =>
    pointerStream(table, lookup.name, reaching(organisation, lookup.uuid, type, name)),
  );
  return streams.length === 1 ? streams[0]! : unionStream(lookup.name, streams);
}

/** The items of which one must exist for an entity to meet a link condition. */
export function linkKeys(organisation: string, type: string, lookup: LinkLookup, entity: string) {
  return lookup.relations.map((name) => ({
    pk: reaching(organisation, lookup.uuid, type, name).pk,
    sk: key('link', type, name, entity),
  }));
}
