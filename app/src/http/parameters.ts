import type { ObjectSchema, Schema } from 'joi';
import type { Route } from '../domains/domain.ts';
import { type FieldError, fail } from '../kernel/errors.ts';
import { invalidQuery, parseQuery } from './query-string.ts';
import { quickCheck } from './quick-check.ts';
import { type Checker, checker } from './validate.ts';

type Values = Readonly<Record<string, string>>;

/** Makes the reader of a route's path parameters: values in the order of the names, checked by name. */
export function pathReader(route: Route, names: readonly string[]): (values: readonly string[]) => Values {
  const parameters = names.map((name) => parameterOf(route, name));
  const extra = Object.keys(route.params ?? {}).filter((name) => !names.includes(name));
  if (extra.length > 0) throw new Error(`${route.operation}: the path has no parameter ${extra.join(', ')}`);
  return (values) => {
    const checked: Record<string, string> = {};
    const errors: FieldError[] = [];
    for (let i = 0; i < parameters.length; i++) {
      const { name, quick, check } = parameters[i]!;
      const value = values[i]!;
      if (quick?.(value)) {
        checked[name] = value;
      } else {
        const verdict = check(value);
        checked[name] = verdict.value;
        errors.push(...verdict.errors.map((error) => ({ ...error, pointer: name })));
      }
    }
    if (errors.length === 0) return checked;
    throw fail('malformed', 'invalid_path', 'The path holds parameters that cannot be used.', { errors });
  };
}

/** Makes the reader of a route's query: parsed, converted to the types of the schema and checked. */
export function queryReader(route: Route): (query: string) => unknown {
  const known = knownParameters(route.query);
  const check = route.query && checker(route.query, { convert: true });
  const read = (query: string) => {
    const values = parseQuery(query, known);
    return check ? verified(check, values) : values;
  };
  const absent = answerToNothing(read);
  return (query) => (query === '' && absent ? absent : read(query));
}

function parameterOf(
  route: Route,
  name: string,
): { name: string; quick?: ReturnType<typeof quickCheck>; check: Checker } {
  const schema: Schema | undefined = route.params?.[name];
  if (!schema) throw new Error(`${route.operation}: no schema for the path parameter ${name}`);
  return {
    name,
    quick: quickCheck(schema),
    check: checker(schema.label(name).required(), { convert: true }),
  };
}

function knownParameters(schema: ObjectSchema | undefined) {
  const keys: Record<string, { type: string }> = schema?.describe().keys ?? {};
  const types = new Map(Object.entries(keys).map(([name, { type }]) => [name, type]));
  return {
    has: (name: string) => types.has(name),
    isRepeatable: (name: string) => types.get(name) === 'array',
  };
}

function verified(check: Checker, values: unknown): unknown {
  const { value, errors } = check(values);
  if (errors.length === 0) return value;
  throw invalidQuery(
    'The query holds parameters that cannot be used.',
    errors.map((error) => ({ ...error, pointer: error.pointer.slice(1).split('/', 1)[0]! })),
  );
}

/** Most requests have no query; what it then amounts to is known beforehand, unless that is an error. */
function answerToNothing(read: (query: string) => unknown): unknown {
  try {
    return Object.freeze(read(''));
  } catch {
    return undefined;
  }
}
