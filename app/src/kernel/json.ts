import { type Failure, fail, invalid, pointer } from './errors.ts';

/** What one JSON text may hold. Everything past these bounds is refused before any other code sees it. */
export const JSON_LIMITS = { depth: 32, keys: 1_000, nodes: 10_000, digits: 38 } as const;

/** NUL and other controls, lone surrogates, and U+10FFFF, which the table's keys use as their upper bound. */
const UNCLEAN = /[[\p{Cc}--[\t\n\r]]\p{Cs}\u{10ffff}]/v;
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
const SMALLEST = 1e-130;
const MAYBE_LONG_NUMBER = /\d[\d.]{38}/;

type Container = Record<string, unknown> | unknown[];

/** A container still to be looked into, and the way to it; the pointer is built only when something is wrong. */
interface Place {
  readonly holder: Container;
  readonly depth: number;
  readonly up: Place | undefined;
  readonly key: string | number;
}

/** True for text that may be stored and sent: no control but tab and line ends, no broken Unicode. */
export function isCleanText(text: string): boolean {
  return !UNCLEAN.test(text);
}

/**
 * Reads an object or an array from JSON text that nobody trusts. Throws `malformed` failures for text that is
 * not such JSON, is too deep, too wide or holds a forbidden key, and `invalid` ones (with the pointer) for
 * numbers and strings that cannot be stored faithfully. Of duplicate keys the last one counts.
 */
export function parseJson(text: string): object {
  const root = decode(text);
  inspect(root);
  // A double cannot tell how many digits were sent, so the rare text with a long run of digits is read again.
  if (MAYBE_LONG_NUMBER.test(text)) inspect(decode(text, spoilLongNumbers));
  return root;
}

function decode(text: string, reviver?: (key: string, value: unknown) => unknown): Container {
  let root: unknown;
  try {
    root = JSON.parse(text, reviver);
  } catch (cause) {
    throw fail('malformed', 'malformed_json', 'The body is not valid JSON.', { cause });
  }
  if (typeof root === 'object' && root !== null) return root as Container;
  throw fail('malformed', 'malformed_json', 'The body must be a JSON object or array.');
}

/** Iterative, because a recursive walk is what a deeply nested text attacks. */
function inspect(root: Container): void {
  const open: Place[] = [{ holder: root, depth: 1, up: undefined, key: '' }];
  let nodes = 1;
  for (let place = open.pop(); place; place = open.pop()) {
    const keys = Array.isArray(place.holder) ? place.holder.keys() : ownKeys(place.holder);
    for (const key of keys) {
      if (++nodes > JSON_LIMITS.nodes) {
        throw fail('malformed', 'too_complex', `The body holds more than ${JSON_LIMITS.nodes} values.`);
      }
      if (typeof key === 'string') inspectKey(place, key);
      const inner = inspectValue(place, key);
      if (inner) open.push(inner);
    }
  }
}

function ownKeys(holder: Container): string[] {
  const keys = Object.keys(holder);
  if (keys.length <= JSON_LIMITS.keys) return keys;
  throw fail('malformed', 'too_complex', `An object holds more than ${JSON_LIMITS.keys} members.`);
}

function inspectKey(place: Place, key: string): void {
  if (FORBIDDEN_KEYS.has(key)) {
    throw fail('malformed', 'forbidden_key', 'A member has a name that is never allowed.', {
      errors: [
        { pointer: pointerTo(place, key), code: 'forbidden_key', detail: 'This name is never allowed.' },
      ],
    });
  }
  if (key === '' || UNCLEAN.test(key)) throw badString(place, key);
}

function inspectValue(place: Place, key: string | number): Place | undefined {
  const value = (place.holder as Record<string | number, unknown>)[key];
  if (typeof value === 'string') {
    if (UNCLEAN.test(value)) throw badString(place, key);
  } else if (typeof value === 'number') {
    if (!isStorable(value)) throw badNumber(place, key);
    if (Object.is(value, -0)) (place.holder as Record<string | number, unknown>)[key] = 0;
  } else if (typeof value === 'object' && value !== null) {
    if (place.depth === JSON_LIMITS.depth) {
      throw fail('malformed', 'too_deep', `The body is nested deeper than ${JSON_LIMITS.depth} levels.`);
    }
    return { holder: value as Container, depth: place.depth + 1, up: place, key };
  }
  return undefined;
}

/** Whole numbers that a double holds exactly, and fractions that DynamoDB does not round to nothing. */
function isStorable(value: number): boolean {
  if (!Number.isFinite(value)) return false;
  return Number.isInteger(value) ? Number.isSafeInteger(value) : Math.abs(value) >= SMALLEST;
}

/** Turns numbers with more digits than can be stored into NaN, which the inspection then finds in its place. */
function spoilLongNumbers(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || context?.source === undefined) return value;
  const digits = context.source
    .replace(/[eE].*/, '')
    .replace(/[-.]/g, '')
    .replace(/^0+|0+$/g, '');
  return digits.length > JSON_LIMITS.digits ? Number.NaN : value;
}

function badString(place: Place, key: string | number): Failure {
  const detail = 'Text may not hold control characters or broken Unicode, and a member needs a name.';
  return invalid([{ pointer: pointerTo(place, key), code: 'invalid_string', detail }]);
}

function badNumber(place: Place, key: string | number): Failure {
  const detail = `A number is whole and at most 2^53 - 1 or a fraction from 1e-130, with at most ${JSON_LIMITS.digits} digits.`;
  return invalid([{ pointer: pointerTo(place, key), code: 'number_out_of_range', detail }]);
}

function pointerTo(place: Place, key: string | number): string {
  const segments = [key];
  for (let at: Place = place; at.up; at = at.up) segments.unshift(at.key);
  return pointer(...segments);
}
