import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { misused } from '../../table/failures.ts';
import type { Item, Value } from '../../table/table.ts';
import { checkContainer, checkName, checkNumber, checkText, notStorable } from '../../table/values.ts';

export type Attributes = Record<string, AttributeValue>;

/** The native attributes of an item or a nested map. Throws `misused` on values that cannot be stored. */
export function toAttributes(members: object, depth = 0): Attributes {
  const attributes: Attributes = {};
  for (const name of Object.keys(members)) {
    const value = (members as Record<string, Value | undefined>)[name];
    if (value !== undefined) assign(attributes, checkName(name), toAttribute(value, depth));
  }
  return attributes;
}

export function toAttribute(value: Value, depth = 0): AttributeValue {
  switch (typeof value) {
    case 'string':
      return { S: checkText(value) };
    case 'number':
      return { N: String(checkNumber(value)) };
    case 'boolean':
      return { BOOL: value };
    case 'object':
      return value === null ? { NULL: true } : toContainer(value, depth + 1);
    default:
      throw notStorable(value);
  }
}

function toContainer(value: object, depth: number): AttributeValue {
  checkContainer(value, depth);
  if (Array.isArray(value)) return { L: value.map((member) => toAttribute(member, depth)) };
  return { M: toAttributes(value, depth) };
}

/** The item that native attributes describe. */
export function fromAttributes(attributes: Attributes): Item {
  return fromMembers(attributes) as Item;
}

function fromMembers(attributes: Attributes): Record<string, Value> {
  const members: Record<string, Value> = {};
  // They come in any order; the same item must always be the same text.
  for (const name of Object.keys(attributes).sort()) assign(members, name, fromAttribute(attributes[name]!));
  return members;
}

function fromAttribute(attribute: AttributeValue): Value {
  if (attribute.S !== undefined) return attribute.S;
  if (attribute.N !== undefined) return Number(attribute.N);
  if (attribute.M !== undefined) return fromMembers(attribute.M);
  if (attribute.L !== undefined) return attribute.L.map(fromAttribute);
  if (attribute.BOOL !== undefined) return attribute.BOOL;
  if (attribute.NULL !== undefined) return null;
  throw misused('An item holds an attribute of a type that is not used here.');
}

/** Plain assignment, except for the one name with which it would replace the prototype. */
function assign<T>(target: Record<string, T>, name: string, value: T): void {
  if (name !== '__proto__') target[name] = value;
  else Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
}
