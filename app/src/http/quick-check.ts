import type { Schema } from 'joi';
import { isUuid } from '../kernel/ids.ts';

type Test = (text: string) => boolean;

interface Rule {
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: each rule has arguments of its own
  readonly args?: any;
}

/**
 * A cheap test that accepts only text which the schema accepts unchanged, made from the schema's own description.
 * It may turn down valid text, so a caller asks the schema itself then; and it is absent where the schema has
 * rules that are not plain. Ids in paths are checked on every request, and joi takes microseconds for each.
 */
export function quickCheck(schema: Schema): Test | undefined {
  const {
    type,
    flags = {},
    rules = [],
    ...rest
  } = schema.describe() as { type?: string; flags?: object; rules?: Rule[] };
  const plain = type === 'string' && Object.keys(rest).every((key) => key === 'metas' || key === 'examples');
  if (!plain || !Object.keys(flags).every((flag) => flag === 'presence' || flag === 'description'))
    return undefined;
  const tests: Test[] = [(text) => text !== ''];
  for (const rule of rules) {
    const test = testOf(rule);
    if (!test) return undefined;
    tests.push(test);
  }
  return (text) => tests.every((test) => test(text));
}

function testOf({ name, args }: Rule): Test | undefined {
  switch (name) {
    case 'min':
      return typeof args.limit === 'number' ? (text) => text.length >= args.limit : undefined;
    case 'max':
      return typeof args.limit === 'number' ? (text) => text.length <= args.limit : undefined;
    case 'case':
      return args.direction === 'lower' ? (text) => text === text.toLowerCase() : undefined;
    case 'guid':
      return args?.options === undefined ? isUuid : undefined;
    case 'pattern':
      return args.options?.invert ? undefined : patternOf(args.regex);
    default:
      return undefined;
  }
}

/** Joi describes a pattern as its source text, and takes none that remembers its last match. */
function patternOf(source: string): Test | undefined {
  const [, body, flags = ''] = /^\/(.*)\/([a-z]*)$/s.exec(source) ?? [];
  if (body === undefined) return undefined;
  const pattern = new RegExp(body, flags);
  return (text) => pattern.test(text);
}
