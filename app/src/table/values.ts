import { misused } from './failures.ts';
import type { Value } from './table.ts';

/**
 * What values the table can hold, and how large they are by DynamoDB's rules. Every engine applies these
 * rules, so that no engine stores what another would refuse or change.
 */

/** Lists and maps inside one another: DynamoDB allows 32 levels, and the innermost scalar is one of them. */
export const MAX_DEPTH = 31;
const MAX_NUMBER = 1e126;
const MIN_NUMBER = 1e-130;

/** Refuses text that has no UTF-8 form: a lone surrogate would come back as another character. */
export function checkText(text: string): string {
  if (!text.isWellFormed()) throw misused('A text value holds half of a surrogate pair.');
  return text;
}

/** Refuses NaN, infinities and magnitudes outside 1e-130 to 1e126. */
export function checkNumber(value: number): number {
  const size = Math.abs(value);
  if (size < MAX_NUMBER && (size >= MIN_NUMBER || size === 0)) return value;
  throw misused(`The number ${value} is outside the range that the table can hold.`);
}

export function checkName(name: string): string {
  if (name === '') throw misused('An attribute name is empty.');
  return checkText(name);
}

/** Refuses what is neither a list nor a plain map, such as dates and bytes, and nesting that is too deep. */
export function checkContainer(value: object, depth: number): void {
  if (depth > MAX_DEPTH) throw misused(`Lists and maps are nested more than ${MAX_DEPTH} deep.`);
  if (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype) return;
  const tag = Object.prototype.toString.call(value);
  if (tag !== '[object Object]' && tag !== '[object Array]') throw misused(`${tag} cannot be stored.`);
}

export function notStorable(value: unknown): Error {
  return misused(`A value of type ${typeof value} cannot be stored.`);
}

/**
 * The size of an item or a part of it in bytes, as DynamoDB counts: names and text in UTF-8, a number about
 * half a byte a digit, 3 bytes for a list or map and 1 for each member. Throws `misused` on values that
 * cannot be stored.
 */
export function itemBytes(item: object): number {
  return membersBytes(item, 0, 0);
}

/** `each` is what a member costs beside its name and value. */
function membersBytes(members: object, each: number, depth: number): number {
  let bytes = 0;
  for (const name of Object.keys(members)) {
    const value = (members as Record<string, Value | undefined>)[name];
    if (value !== undefined) bytes += each + nameBytes(name) + valueBytes(value, depth);
  }
  return bytes;
}

function valueBytes(value: Value, depth: number): number {
  switch (typeof value) {
    case 'string':
      return textBytes(value);
    case 'number':
      return numberBytes(checkNumber(value));
    case 'boolean':
      return 1;
    case 'object':
      return value === null ? 1 : containerBytes(value, depth + 1);
    default:
      throw notStorable(value);
  }
}

/** Of short text: to go through it here costs less than to ask. */
const SHORT = 64;

/** Throws for what `checkText` refuses; ASCII, which is most of all text, needs no such look. */
function textBytes(text: string): number {
  if (text.length > SHORT) return Buffer.byteLength(checkText(text));
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 0x7f) return Buffer.byteLength(checkText(text));
  }
  return text.length;
}

const nameBytes = (name: string) => textBytes(name) || checkName(name).length;

function containerBytes(value: object, depth: number): number {
  checkContainer(value, depth);
  if (!Array.isArray(value)) return 3 + membersBytes(value, 1, depth);
  let bytes = 3;
  for (const member of value) bytes += 1 + valueBytes(member, depth);
  return bytes;
}

const EXPONENT = /e.*$/;
const NOT_SIGNIFICANT = /^-?0*\.?0*|\.|0+$/g;

function numberBytes(value: number): number {
  if (value === 0) return 1;
  const text = String(value).replace(EXPONENT, '');
  const digits = text.replace(NOT_SIGNIFICANT, '').length;
  return Math.ceil(digits / 2) + (value < 0 ? 2 : 1);
}
