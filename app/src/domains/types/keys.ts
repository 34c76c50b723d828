import type { TypeDefinition } from '../../schema/definition.ts';
import { foldName } from '../../schema/order.ts';
import { key } from '../../table/keys.ts';
import type { Item, Key } from '../../table/table.ts';

/** All types of an organisation stand in one partition, by folded name, so that twins collide. */
export const typesOf = (organisation: string) => key(organisation, 'types');

export function typeKey(organisation: string, name: string): Key {
  return { pk: typesOf(organisation), sk: key(foldName(name)) };
}

export function toItem(definition: TypeDefinition): Item {
  const attributes = JSON.parse(JSON.stringify(definition)); // drops what is undefined
  return { ...typeKey(definition.organisation, definition.name), kind: 'type', schema: 1, ...attributes };
}

export function fromItem(item: Item): TypeDefinition {
  const { pk: _pk, sk: _sk, kind: _kind, schema: _schema, ...definition } = item;
  return definition as unknown as TypeDefinition;
}
