import { fail } from '../../../kernel/errors.ts';
import { isCleanText } from '../../../kernel/json.ts';
import type { FieldDefinition } from '../../../schema/definition.ts';
import type { Value } from '../../../table/table.ts';
import { jsonFrom } from './json-text.ts';

/** What makes a spreadsheet take a text for a formula, behind any apostrophes that guard it already. */
const FORMULA = /^'*[=+\-@\t\r]/;
const GUARDED = /^'+[=+\-@\t\r]/;
const NEEDS_QUOTES = /[",\r\n]/;
const SHORT_NUMBER = /^-?\d{1,15}(\.\d{1,15})?$/;
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
const quoteIfNeeded = (text: string) => (NEEDS_QUOTES.test(text) ? quote(text) : text);

/** A text as a cell. One apostrophe in front keeps a spreadsheet from running it; reading takes it off again. */
export function textCell(text: string): string {
  if (FORMULA.test(text)) return quote(`'${text}`);
  return text === '' ? '""' : quoteIfNeeded(text);
}

export const jsonCell = (value: unknown) => quoteIfNeeded(JSON.stringify(value));

/** A field's value as a cell; without a value the cell is empty and has no quotes. */
export function cellOf(field: FieldDefinition, value: Value | undefined): string {
  if (value === undefined) return '';
  if (field.type === 'array' || field.type === 'json') return jsonCell(value);
  // A decimal is a number to a spreadsheet too, and its minus sign no formula.
  return typeof value === 'string' && field.type !== 'decimal' ? textCell(value) : String(value);
}

/** The value of a cell that is not empty, as JSON would have it. Throws for what cannot be kept as it stands. */
export function valueIn(field: FieldDefinition, cell: string): unknown {
  switch (field.type) {
    case 'integer':
    case 'number':
      return numberOf(cell);
    case 'boolean':
      return /^true$/i.test(cell) ? true : /^false$/i.test(cell) ? false : cell;
    case 'array':
    case 'json':
      return jsonOf(cell);
    default:
      return textOfCell(cell);
  }
}

export function textOfCell(cell: string): string {
  if (isCleanText(cell)) return GUARDED.test(cell) ? cell.slice(1) : cell;
  throw fail('invalid', 'invalid_string', 'Text may not hold control characters or broken Unicode.');
}

/** Any JSON value: within brackets, so that the guards of JSON bodies hold for a lone one too. */
export function jsonOf(cell: string): unknown {
  const values = jsonFrom(`[${cell}]`, 'cell') as unknown[];
  if (values.length === 1) return values[0];
  throw fail('malformed', 'malformed_json', 'The cell is not one JSON value.');
}

/** Text that is no number stays text, for the field to refuse. */
function numberOf(cell: string): unknown {
  if (SHORT_NUMBER.test(cell)) return Number(cell);
  return NUMBER.test(cell) ? jsonOf(cell) : cell;
}
