import type { Schema, ValidationErrorItem } from 'joi';
import { type FieldError, pointer } from '../kernel/errors.ts';

const MAX_ERRORS = 100;

/** Our code for each way in which joi finds a value wrong, and a sentence where joi's own would not do. */
const CODES: Readonly<Record<string, string>> = {
  'any.required': 'required',
  'any.only': 'not_allowed',
  'any.invalid': 'not_allowed',
  'any.unknown': 'unknown_field',
  'object.unknown': 'unknown_field',
  'object.min': 'too_few_members',
  'object.max': 'too_many_members',
  'string.empty': 'empty',
  'string.min': 'too_short',
  'string.max': 'too_long',
  'string.length': 'wrong_length',
  'string.email': 'invalid_email',
  'string.guid': 'invalid_uuid',
  'string.uri': 'invalid_url',
  'string.isoDate': 'invalid_date',
  'string.lowercase': 'not_lower_case',
  'string.uppercase': 'not_upper_case',
  'string.trim': 'not_trimmed',
  'number.unsafe': 'number_out_of_range',
  'number.infinity': 'number_out_of_range',
  'number.integer': 'not_an_integer',
  'number.min': 'too_small',
  'number.greater': 'too_small',
  'number.positive': 'too_small',
  'number.max': 'too_large',
  'number.less': 'too_large',
  'array.min': 'too_few_items',
  'array.max': 'too_many_items',
  'array.unique': 'duplicate_item',
};

const MESSAGES = {
  'string.pattern.base': '{{#label}} does not have the form it must have',
  'string.pattern.name': '{{#label}} is not a valid {{#name}}',
};

export interface Verdict {
  // biome-ignore lint/suspicious/noExplicitAny: whatever the schema lets through
  readonly value: any;
  readonly errors: readonly FieldError[];
}

/** Checks a value against the schema it was made from and reports every broken rule at once. */
export type Checker = (value: unknown) => Verdict;

/**
 * Makes the checker of a schema. With `convert`, text becomes the numbers and booleans that the schema wants, as
 * query parameters need; a JSON body has types of its own. Preferences are bound here, once, because joi merges
 * them into the schema's own at three times the price of the check itself.
 */
export function checker(schema: Schema, options: { convert: boolean }): Checker {
  const bound = schema.prefs({
    abortEarly: false,
    convert: options.convert,
    errors: { wrap: { label: false } },
    messages: MESSAGES,
  });
  return (value) => {
    const result = bound.validate(value);
    const details = result.error?.details ?? [];
    return { value: result.value, errors: details.slice(0, MAX_ERRORS).map(toFieldError) };
  };
}

function toFieldError({ type, path, message, context }: ValidationErrorItem): FieldError {
  const code = type === 'string.pattern.name' ? `invalid_${context?.name}` : codeOf(type);
  return { pointer: pointer(...path), code, detail: `${message}.` };
}

/** A domain's own rules name their codes themselves; joi's types all hold a dot. */
function codeOf(type: string): string {
  if (!type.includes('.')) return type;
  if (type === 'string.pattern.base') return 'invalid_format';
  return (
    CODES[type] ??
    (type.startsWith('date.') ? 'invalid_date' : type.endsWith('.base') ? 'invalid_type' : 'invalid')
  );
}
