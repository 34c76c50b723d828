import { Failure } from '../../../kernel/errors.ts';
import { parseJson } from '../../../kernel/json.ts';

/** `parseJson` for a part of a body: what it refuses is said of that part. */
export function jsonFrom(text: string, part: 'row' | 'cell'): object {
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { kind, code, message, errors, cause } = error;
    throw new Failure(kind, code, message.replace('The body', `The ${part}`), { errors, cause });
  }
}
