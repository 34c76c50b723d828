import { type Failure, type FieldError, fail } from '../kernel/errors.ts';
import { isCleanText } from '../kernel/json.ts';

const MAX_PARAMETERS = 100;

/** Which parameters a route knows. */
export interface KnownParameters {
  has(name: string): boolean;
  isRepeatable(name: string): boolean;
}

/**
 * Reads a query string the plain way: names, values, nothing nested. Unknown, repeated, bracketed or too many
 * parameters are refused, because guessing what was meant is how filters get lost.
 */
export function parseQuery(query: string, known: KnownParameters): Record<string, string | string[]> {
  const pieces = query.split('&', MAX_PARAMETERS + 1).filter((piece) => piece !== '');
  if (pieces.length > MAX_PARAMETERS) throw invalidQuery(`More than ${MAX_PARAMETERS} parameters.`);
  const values: Record<string, string | string[]> = {};
  const errors: FieldError[] = [];
  for (const piece of pieces) {
    const mark = piece.indexOf('=');
    const name = decoded(mark < 0 ? piece : piece.slice(0, mark));
    const value = decoded(mark < 0 ? '' : piece.slice(mark + 1));
    if (!known.has(name)) {
      errors.push({ pointer: name, code: 'unknown_parameter', detail: 'This parameter is not known here.' });
    } else if (known.isRepeatable(name)) {
      values[name] = [...(values[name] ?? []), value];
    } else if (Object.hasOwn(values, name)) {
      errors.push({ pointer: name, code: 'repeated_parameter', detail: 'This parameter may be given once.' });
    } else {
      values[name] = value;
    }
  }
  if (errors.length > 0) throw invalidQuery('The query holds parameters that cannot be used.', errors);
  return values;
}

/** The failure of every query that cannot be used. */
export function invalidQuery(detail: string, errors?: readonly FieldError[]): Failure {
  return fail('malformed', 'invalid_query', detail, errors && { errors });
}

/** Path and query of the same request, one parameter replaced. */
export function withParameter(path: string, query: string, name: string, value: string): string {
  const parameters = new URLSearchParams(query);
  parameters.set(name, value);
  return `${path}?${parameters}`;
}

function decoded(text: string): string {
  const plain = text.includes('+') ? text.replaceAll('+', ' ') : text;
  try {
    const value = plain.includes('%') ? decodeURIComponent(plain) : plain;
    if (isCleanText(value)) return value;
  } catch {
    // falls through: the escapes are not UTF-8
  }
  throw invalidQuery('The query holds something that is not text.');
}
