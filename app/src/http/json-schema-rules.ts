export type JsonSchema = Record<string, unknown>;

interface Rule {
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: each rule has arguments of its own
  readonly args?: any;
}

type Translate = (args: Rule['args']) => JsonSchema;

/** Rules that say how a value is taken, or reach further than a schema can, and so leave no trace in one. */
const beyond: Translate = () => ({});

const STRING: Readonly<Record<string, Translate>> = {
  min: ({ limit }) => ({ minLength: limit }),
  max: ({ limit }) => ({ maxLength: limit }),
  length: ({ limit }) => ({ minLength: limit, maxLength: limit }),
  pattern: ({ regex, options }) =>
    options?.invert ? { not: { pattern: sourceOf(regex) } } : { pattern: sourceOf(regex) },
  guid: () => ({ format: 'uuid' }),
  email: () => ({ format: 'email' }),
  uri: () => ({ format: 'uri' }),
  isoDate: () => ({ anyOf: [{ format: 'date' }, { format: 'date-time' }] }),
  case: beyond,
  trim: beyond,
  normalize: beyond,
  custom: beyond,
};

const NUMBER: Readonly<Record<string, Translate>> = {
  integer: () => ({ type: 'integer' }),
  port: () => ({ type: 'integer', minimum: 0, maximum: 65_535 }),
  min: ({ limit }) => ({ minimum: limit }),
  max: ({ limit }) => ({ maximum: limit }),
  greater: ({ limit }) => ({ exclusiveMinimum: limit }),
  less: ({ limit }) => ({ exclusiveMaximum: limit }),
  sign: ({ sign }) => (sign === 'positive' ? { exclusiveMinimum: 0 } : { exclusiveMaximum: 0 }),
  multiple: ({ base }) => ({ multipleOf: base }),
  custom: beyond,
};

const ARRAY: Readonly<Record<string, Translate>> = {
  min: ({ limit }) => ({ minItems: limit }),
  max: ({ limit }) => ({ maxItems: limit }),
  length: ({ limit }) => ({ minItems: limit, maxItems: limit }),
  unique: (args) => (args?.comparator ? {} : { uniqueItems: true }),
  custom: beyond,
};

const OBJECT: Readonly<Record<string, Translate>> = {
  min: ({ limit }) => ({ minProperties: limit }),
  max: ({ limit }) => ({ maxProperties: limit }),
  custom: beyond,
};

const RULES: Readonly<Record<string, Readonly<Record<string, Translate>>>> = {
  string: STRING,
  number: NUMBER,
  array: ARRAY,
  object: OBJECT,
};

/** What the rules of one described joi schema say in JSON Schema. Throws on a rule that is not known here. */
export function rulesOf({
  type,
  rules = [],
}: {
  readonly type: string;
  readonly rules?: readonly Rule[];
}): JsonSchema {
  const parts = rules.map(({ name, args }) => {
    const translate = RULES[type]?.[name];
    if (!translate || typeof args?.limit === 'object') {
      throw new Error(`No JSON Schema for the rule ${name} of joi's ${type}`);
    }
    return translate(args);
  });
  return Object.assign({}, ...parts);
}

/** The source of a pattern as joi describes it. JSON Schema knows no flags and reads every pattern as Unicode. */
export function sourceOf(regex: string): string {
  const [, source = '', flags = ''] = /^\/(.*)\/([a-z]*)$/s.exec(regex) ?? [];
  if (flags !== '' && flags !== 'u') throw new Error(`No JSON Schema for a pattern with the flags ${flags}`);
  return new RegExp(source, 'u').source;
}
