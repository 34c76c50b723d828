import { fail, invalid } from '../../kernel/errors.ts';
import { foldName } from '../../schema/order.ts';

/** Folding may make a text many times longer than a key may be. */
const MAX_FOLDED_BYTES = 900;

/** Throws 422 for a name whose folded form does not fit into a key. */
export function requireShortName(name: string, pointer = '/name'): void {
  if (Buffer.byteLength(foldName(name)) <= MAX_FOLDED_BYTES) return;
  throw invalid([{ pointer, code: 'too_long', detail: 'The text is too long once it is folded.' }]);
}

export function nameTaken(name: string, pointer = '/name') {
  const detail = `${name} is taken.`;
  return fail('conflict', 'name_taken', detail, { errors: [{ pointer, code: 'name_taken', detail }] });
}
