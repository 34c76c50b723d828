import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { newUuid } from '../../src/kernel/ids.ts';
import { ORGANISATION, TYPE } from '../sample.ts';

type Fields = Readonly<Record<string, string | number>>;
type Item = Readonly<Record<string, unknown>> & { readonly pk: string; readonly sk: string };

const INDEXED = ['city', 'state'] as const;

/** A new entity: what a create answers, and the 2 + k items that it stores, of the size of the service's own. */
export function newEntity(fields: Fields): { view: object; items: Item[] } {
  const uuid = newUuid(Date.now()); // as the service's own, so that rows land at the ends of the tree
  const now = new Date().toISOString();
  const owners = { users: [], groups: [], organisations: [] };
  const record = {
    uuid,
    type: TYPE,
    organisation: ORGANISATION,
    tags: [],
    version: 1,
    type_version: 1,
    created_at: now,
    updated_at: now,
    fields,
    owners,
  };
  const links = { links_version: 0, linked: false };
  const pointer = { kind: 'index', schema: 1, uuid };
  const partition = `${ORGANISATION}#type#${TYPE}`;
  const entity = { pk: `${ORGANISATION}#entity#${uuid}`, sk: 'entity', kind: 'entity', schema: 1 };
  return {
    view: { ...record, links: [] },
    items: [
      { ...entity, ...record, ...links },
      { pk: `${partition}#all`, sk: uuid, ...pointer },
      ...INDEXED.map((name) => ({
        pk: `${partition}#field#${name}`,
        sk: `is#${fields[name]}#${uuid}`,
        ...pointer,
      })),
    ],
  };
}

/** Native attributes of an item that holds no nulls and no binaries. */
export function toAttributes(item: object): Record<string, AttributeValue> {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, toAttribute(value)]));
}

function toAttribute(value: unknown): AttributeValue {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: String(value) };
  if (typeof value === 'boolean') return { BOOL: value };
  if (Array.isArray(value)) return { L: value.map(toAttribute) };
  return { M: toAttributes(value as object) };
}
