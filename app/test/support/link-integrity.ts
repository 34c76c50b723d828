import { parts } from '../../src/table/keys.ts';
import type { Item, Table } from '../../src/table/table.ts';

/** Everything in the partition of an entity. */
export async function partitionOf(table: Table, uuid: string): Promise<readonly Item[]> {
  const items: Item[] = [];
  let after: string | undefined;
  do {
    const page = await table.query({ pk: `default#entity#${uuid}`, after, limit: 1000 });
    items.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return items;
}

/** What is wrong with the links among these entities: ends without entity, ends without other end. */
export async function brokenLinks(table: Table, uuids: readonly string[]): Promise<string[]> {
  const problems: string[] = [];
  const partitions = new Map<string, readonly Item[]>();
  for (const uuid of uuids) partitions.set(uuid, await partitionOf(table, uuid));
  for (const [uuid, items] of partitions) {
    const alive = items.some((item) => item.kind === 'entity');
    const links = items.filter((item) => item.kind === 'link');
    if (!alive && items.length > 0) problems.push(`${uuid} is gone but has ${items.map((item) => item.sk)}`);
    for (const link of links) {
      const [, , , other] = parts(link.sk);
      const back = (partitions.get(other!) ?? []).filter(
        (item) => item.kind === 'link' && item.uuid === uuid && item.relation === link.relation,
      );
      if (!back.some((item) => item.direction !== link.direction))
        problems.push(`${uuid} ${link.sk} has one end`);
    }
    const places = items.filter((item) => item.kind === 'only_link');
    for (const place of places) {
      if (!links.some((link) => link.uuid === place.uuid))
        problems.push(`${uuid} keeps ${place.sk} for nothing`);
    }
  }
  return problems;
}
