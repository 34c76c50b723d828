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

/** How long a text is in UTF-8. */
type Measure = (text: string) => number;

/**
 * The size of an item or a part of it in bytes, as DynamoDB counts: names and text in UTF-8, a number about
 * half a byte a digit, 3 bytes for a list or map and 1 for each member. Throws `misused` on values that
 * cannot be stored. With its JSON at hand, one look at that saves one at each text in it.
 */
export function itemBytes(item: object, json?: string): number {
  return membersBytes(item, json !== undefined && isAscii(json) ? lengthOf : checkedBytes, 0, 0);
}

const lengthOf: Measure = (text) => text.length;
const checkedBytes: Measure = (text) => Buffer.byteLength(checkText(text));

/** JSON writes half of a surrogate pair as `\ud...`, in ASCII. */
function isAscii(json: string): boolean {
  return Buffer.byteLength(json) === json.length && !json.includes('\\ud');
}

/** `each` is what a member costs beside its name and value. */
function membersBytes(members: object, measure: Measure, each: number, depth: number): number {
  let bytes = 0;
  for (const name of Object.keys(members)) {
    const value = (members as Record<string, Value | undefined>)[name];
    if (value === undefined) continue;
    bytes += each + (measure(name) || checkName(name).length) + valueBytes(value, measure, depth);
  }
  return bytes;
}

function valueBytes(value: Value, measure: Measure, depth: number): number {
  switch (typeof value) {
    case 'string':
      return measure(value);
    case 'number':
      return numberBytes(checkNumber(value));
    case 'boolean':
      return 1;
    case 'object':
      return value === null ? 1 : containerBytes(value, measure, depth + 1);
    default:
      throw notStorable(value);
  }
}

function containerBytes(value: object, measure: Measure, depth: number): number {
  checkContainer(value, depth);
  if (!Array.isArray(value)) return 3 + membersBytes(value, measure, 1, depth);
  let bytes = 3;
  for (const member of value) bytes += 1 + valueBytes(member, measure, depth);
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
