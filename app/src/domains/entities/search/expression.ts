import { type Failure, fail } from '../../../kernel/errors.ts';

export const OPERATORS = ['=', '!=', '>', '>=', '<', '<=', '^='] as const;
export type Operator = (typeof OPERATORS)[number];

/** One condition as it was written. Texts may still be read as numbers or booleans. */
export interface Term {
  readonly name: string;
  readonly operator: Operator;
  readonly value: unknown;
  /** Where the condition starts in the text that it was read from. */
  readonly position?: number;
}

const SPACE = /\s*/y;
const NAME = /[A-Za-z][A-Za-z0-9_]*/y;
const OPERATOR = /!=|>=|<=|\^=|=|>|</y;
const QUOTED = /"(?:[^"\\]|\\.)*"/y;
const BARE = /[^,=!<>^"][^,]*/y;

/**
 * Reads `name operator value` conditions, separated by commas: `address="test address",age>=30,name^="Jo"`.
 * A value is bare (up to the next comma) or a JSON string. Throws 400 with the position of what is wrong.
 */
export function parseExpression(text: string): Term[] {
  const terms: Term[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };
  for (;;) {
    take(SPACE);
    const position = at;
    const name = take(NAME) ?? refuse(text, at, 'the name of a field');
    take(SPACE);
    const operator = (take(OPERATOR) ?? refuse(text, at, 'one of = != > >= < <= ^=')) as Operator;
    take(SPACE);
    const start = at;
    const quoted = take(QUOTED);
    if (quoted === undefined) {
      if (text[start] === '"') refuse(text, start, 'a closed JSON string');
      const bare = (take(BARE) ?? '').trim();
      if (bare === '') refuse(text, start, 'a value');
      terms.push({ name, operator, value: bare, position });
    } else {
      terms.push({ name, operator, value: unquote(text, start, quoted), position });
    }
    take(SPACE);
    if (at === text.length) return terms;
    if (text[at] !== ',') refuse(text, at, 'a comma or the end');
    at += 1;
  }
}

function unquote(text: string, at: number, quoted: string): string {
  try {
    return JSON.parse(quoted);
  } catch {
    return refuse(text, at, 'a valid JSON string');
  }
}

function refuse(text: string, position: number, expected: string): never {
  const found =
    position < text.length ? `found ${JSON.stringify(text.slice(position, position + 10))}` : 'it ended';
  throw malformed('fields', `At position ${position}: expected ${expected}, but ${found}.`, { position });
}

/** The failure of a search that cannot be read. */
export function malformed(parameter: string, detail: string, extra: Record<string, unknown> = {}): Failure {
  return fail('malformed', 'invalid_query', detail, {
    errors: [{ pointer: parameter, code: 'invalid_query', detail }],
    extra,
  });
}
