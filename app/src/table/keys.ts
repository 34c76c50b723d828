/**
 * The key grammar. Keys are parts joined by `#`. Inside a part every character up to `$` (controls, space,
 * `!`, `"`, `#`, `$`) is written as `$` and two hex digits; the rest stays as it is. So keys stay readable,
 * a part can never run into its neighbour, and escaped keys sort as their tuples of parts do.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: controls are among what is escaped
const SPECIAL = /[\u0000-\u0024]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const ANY_SPECIAL = /[\u0000-\u0024]/;
const ESCAPED = /\$([0-9a-f]{2})/g;
const SEPARATOR = '#';
/** Next after the separator; a key never holds it without two digits behind it. */
const AFTER_SEPARATOR = '$';
/** Sorts after every character that a part may hold: the guard of all input refuses it. */
const LAST = '\u{10FFFF}';

export function escapePart(part: string): string {
  if (!ANY_SPECIAL.test(part)) return part; // nearly always, and a test costs a third of a replacement
  return part.replace(SPECIAL, (c) => `$${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

export function unescapePart(text: string): string {
  return text.replace(ESCAPED, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Joins parts to a key: `key('default', 'type', 'city')` is `default#type#city`. */
export function key(...parts: readonly string[]): string {
  return parts.map(escapePart).join(SEPARATOR);
}

/** The parts of a key made by `key`. */
export function parts(text: string): string[] {
  return text.split(SEPARATOR).map(unescapePart);
}

export interface KeyRange {
  readonly from: string;
  readonly to: string;
}

/** All keys that begin with these whole parts and go on with at least one more. */
export function under(...prefix: readonly string[]): KeyRange {
  const start = key(...prefix);
  return { from: start + SEPARATOR, to: start + AFTER_SEPARATOR };
}

/** All keys whose part after the whole parts of `prefix` begins with `start`. */
export function startingWith(prefix: readonly string[], start: string): KeyRange {
  const from = [...prefix, start].map(escapePart).join(SEPARATOR);
  return { from, to: from + LAST };
}

/** UTF-8 byte order, the order of sort keys on every engine. JavaScript's own `<` compares UTF-16 units. */
export function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

export const lastKey = LAST;
