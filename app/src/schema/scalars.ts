import { isUuid } from '../kernel/ids.ts';
import type { Value } from '../table/table.ts';
import type { ScalarType } from './definition.ts';
import { BIDI_CONTROLS } from './names.ts';
import { orderDatetime, orderNumber, orderString } from './order.ts';

/** A value that is not of its type: a stable code and the sentence that says what was expected. */
export class Refusal {
  readonly code: string;
  readonly detail: string;
  constructor(code: string, detail: string) {
    this.code = code;
    this.detail = detail;
  }
}

/** One scalar type: how its values are read and how they compare. */
export interface Scalar {
  /** The value in its stored form, or why it is refused. */
  readonly parse: (value: unknown) => Value | Refusal;
  /** Order-preserving text; absent for types that cannot be indexed, compared or unique. */
  readonly order?: (value: Value) => string;
  /** Lengths are limited by `min_length` and `max_length`. */
  readonly measured?: true;
  /** `min` and `max` apply. */
  readonly bounded?: true;
  /** `^=` searches by prefix. */
  readonly prefixed?: true;
  /** Two spellings of one name count as one value where the field is unique. */
  readonly folded?: true;
  /** JSON Schema of a value, for the API description. */
  readonly jsonSchema: Readonly<Record<string, unknown>>;
}

const text = (value: Value) => orderString(String(value));
const plain = (value: Value) => String(value);
const numeric = (value: Value) => orderNumber(String(value));

export const SCALARS: Readonly<Record<ScalarType, Scalar>> = {
  string: {
    parse: parseName,
    order: text,
    measured: true,
    prefixed: true,
    folded: true,
    jsonSchema: { type: 'string' },
  },
  text: { parse: parseText, measured: true, jsonSchema: { type: 'string' } },
  integer: { parse: parseInteger, order: numeric, bounded: true, jsonSchema: { type: 'integer' } },
  number: { parse: parseNumber, order: numeric, bounded: true, jsonSchema: { type: 'number' } },
  decimal: {
    parse: parseDecimal,
    order: numeric,
    bounded: true,
    jsonSchema: { type: 'string', pattern: '^-?[0-9]+([.][0-9]+)?$' },
  },
  boolean: { parse: parseBoolean, order: plain, jsonSchema: { type: 'boolean' } },
  date: { parse: parseDate, order: plain, bounded: true, jsonSchema: { type: 'string', format: 'date' } },
  datetime: {
    parse: parseDatetime,
    order: (value) => orderDatetime(String(value)),
    bounded: true,
    jsonSchema: { type: 'string', format: 'date-time' },
  },
  email: {
    parse: parseEmail,
    order: text,
    measured: true,
    prefixed: true,
    folded: true,
    jsonSchema: { type: 'string', format: 'email' },
  },
  url: {
    parse: parseUrl,
    order: text,
    measured: true,
    prefixed: true,
    jsonSchema: { type: 'string', format: 'uri' },
  },
  uuid: { parse: parseUuid, order: plain, jsonSchema: { type: 'string', format: 'uuid' } },
  json: { parse: (value) => value as Value, jsonSchema: {} },
  enum: { parse: parseText, order: text, prefixed: true, jsonSchema: { type: 'string' } },
};

const wrongType = (expected: string) => new Refusal('invalid_type', `Must be ${expected}.`);

function parseText(value: unknown): Value | Refusal {
  return typeof value === 'string' ? value : wrongType('a string');
}

function parseName(value: unknown): Value | Refusal {
  if (typeof value === 'string' && BIDI_CONTROLS.test(value)) {
    return new Refusal('invalid_string', 'Must not change the direction of writing; a text field may.');
  }
  return parseText(value);
}

function parseBoolean(value: unknown): Value | Refusal {
  return typeof value === 'boolean' ? value : wrongType('true or false');
}

function parseInteger(value: unknown): Value | Refusal {
  if (typeof value !== 'number' || !Number.isInteger(value)) return wrongType('a whole number');
  if (!Number.isSafeInteger(value)) return new Refusal('number_out_of_range', 'Must lie within ±(2^53 - 1).');
  return value === 0 ? 0 : value;
}

/** DynamoDB stores magnitudes from 1e-130 to just under 1e126; so does every engine here. */
function parseNumber(value: unknown): Value | Refusal {
  if (typeof value !== 'number' || Number.isNaN(value)) return wrongType('a number');
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude < 1e-130 || magnitude >= 1e125)) {
    return new Refusal('number_out_of_range', 'Must be 0 or have a magnitude from 1e-130 to 1e125.');
  }
  return value === 0 ? 0 : value;
}

const DECIMAL = /^-?\d+(\.\d+)?$/;

function parseDecimal(value: unknown): Value | Refusal {
  const written = typeof value === 'number' ? String(value) : value;
  if (typeof written !== 'string' || !DECIMAL.test(written)) {
    return wrongType('a decimal number written as a string, such as "12.50"');
  }
  if (written.replace(/\D/g, '').replace(/^0+/, '').length > 38) {
    return new Refusal('number_out_of_range', 'Must have at most 38 digits.');
  }
  return /^-[0.]*$/.test(written) ? written.slice(1) : written;
}

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;

function isRealDate(year: number, month: number, day: number): boolean {
  if (year < 1 || month < 1 || month > 12 || day < 1) return false;
  return day <= new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
}

function parseDate(value: unknown): Value | Refusal {
  const match = typeof value === 'string' ? DATE.exec(value) : null;
  if (!match || !isRealDate(Number(match[1]), Number(match[2]), Number(match[3]))) {
    return new Refusal('invalid_date', 'Must be a real date written as YYYY-MM-DD.');
  }
  return match[0];
}

const DATETIME =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/** RFC 3339 with any offset; kept in UTC with the fraction it came with (less its trailing zeros). */
function parseDatetime(value: unknown): Value | Refusal {
  const refusal = new Refusal('invalid_datetime', 'Must be a date and time with offset, as in RFC 3339.');
  const match = typeof value === 'string' ? DATETIME.exec(value) : null;
  if (!match) return refusal;
  const [, year, month, day, hour, minute, second, fraction = '', offset = 'Z'] = match;
  if (!isRealDate(Number(year), Number(month), Number(day))) return refusal;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return refusal;
  const instant = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}${offset.toUpperCase()}`);
  const utc = instant.toISOString();
  if (utc.length !== 24 || utc.startsWith('0000')) return refusal; // the offset led out of the years 1 to 9999
  const kept = fraction.replace(/0+$/, '');
  return `${utc.slice(0, 19)}${kept === '' ? '' : `.${kept}`}Z`;
}

const EMAIL =
  /^[\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]{1,64}@[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?(?:\.[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?)+$/u;

function parseEmail(value: unknown): Value | Refusal {
  if (typeof value !== 'string' || value.length > 254 || !EMAIL.test(value)) {
    return new Refusal('invalid_email', 'Must be an e-mail address.');
  }
  return value;
}

function parseUrl(value: unknown): Value | Refusal {
  if (typeof value !== 'string' || !/^https?:\/\/\S+$/i.test(value) || !URL.canParse(value)) {
    return new Refusal('invalid_url', 'Must be an absolute http or https URL.');
  }
  return value;
}

function parseUuid(value: unknown): Value | Refusal {
  const lower = typeof value === 'string' ? value.toLowerCase() : '';
  return isUuid(lower) ? lower : new Refusal('invalid_uuid', 'Must be a UUID.');
}
