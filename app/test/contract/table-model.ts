import fc from 'fast-check';
import { ConditionFailed } from '../../src/table/failures.ts';
import { type Action, keyOf, type Query, type Table } from '../../src/table/table.ts';
import { modelTable } from '../support/model-table.ts';
import type { TableFactory } from '../support/tables.ts';
import { type TestClock, testClock } from '../support/test-clock.ts';

/** A small world, so that operations meet. The keys sort differently as UTF-16 and as UTF-8. */
const PKS = ['p', 'q'];
const SKS = ['a', 'a#', 'b', 'é', '\uFFFD', '😀', '\u{10FFFF}'];
const NUMBERS = ['n', 'm'];
const LIFE_SECONDS = 100;

type Step =
  | { do: 'write'; actions: Action[] }
  | { do: 'query'; query: Query }
  | { do: 'getMany'; keys: { pk: string; sk: string }[] }
  | { do: 'pass'; seconds: number };

const key = fc.record({ pk: fc.constantFrom(...PKS), sk: fc.constantFrom(...SKS) });
const number = fc.integer({ min: -3, max: 3 });
/** Doubles that the table can hold and gives back as they were. */
const double = fc
  .double({ noNaN: true, min: -1e100, max: 1e100 })
  .map((value) => (Math.abs(value) < 1e-100 ? 0 : value));
const attributes = fc.record(
  {
    n: number,
    m: number,
    text: fc.string({ unit: 'grapheme', maxLength: 5 }),
    list: fc.array(double, { maxLength: 2 }),
  },
  { requiredKeys: [] },
);
const condition = fc.record(
  {
    exists: fc.boolean(),
    equals: fc.dictionary(fc.constantFrom(...NUMBERS), number, { maxKeys: 2 }),
    missing: fc.uniqueArray(fc.constantFrom(...NUMBERS, 'text'), { maxLength: 2 }),
  },
  { requiredKeys: [] },
);
const alternative = fc.oneof(
  fc.record({ exists: fc.boolean() }),
  fc.record({ equals: fc.dictionary(fc.constantFrom(...NUMBERS), number, { maxKeys: 2 }) }),
);
const alternatives = fc.record(
  { anyOf: fc.array(alternative, { minLength: 1, maxLength: 3 }) },
  { requiredKeys: [] },
);
/** Items that no put gives a life. */
const COUNTERS = ['counter', 'zähler'];
const counterKey = fc.record({ pk: fc.constantFrom(...PKS), sk: fc.constantFrom(...COUNTERS) });
const life = fc.option(fc.integer({ min: 1, max: LIFE_SECONDS }), { nil: undefined });

function actionsAt(now: number): fc.Arbitrary<Action[]> {
  const put = fc
    .record({ key, attributes, life, condition })
    .map(({ key, attributes, life, condition }): Action => {
      const expiry = life === undefined ? {} : { expires_at: now + life };
      return { type: 'put', item: { ...key, kind: 'thing', schema: 1, ...attributes, ...expiry }, condition };
    });
  const plain = fc.record({ key, attributes }).map(({ key, attributes }): Action => {
    return { type: 'put', item: { ...key, kind: 'thing', schema: 1, ...attributes } };
  });
  const change = fc.record(
    {
      set: attributes,
      remove: fc.uniqueArray(fc.constantFrom('gone', 'text'), { maxLength: 2 }),
      add: fc.dictionary(fc.constantFrom('c', 'd'), number),
    },
    { requiredKeys: [] },
  );
  const update = fc
    .record({ key, change, condition })
    .map(({ key, change, condition: { exists, ...rest } }): Action => {
      const remove = change.remove?.filter((name) => change.set?.[name as 'text'] === undefined) ?? [];
      return {
        type: 'update',
        key,
        ...change,
        remove: [...remove, 'never'],
        condition: exists ? { exists, ...rest } : rest,
      };
    });
  const remove = fc
    .record({ key: fc.oneof(key, counterKey), condition: fc.oneof(condition, alternatives) })
    .map(({ key, condition }): Action => ({ type: 'delete', key, condition }));
  const check = fc
    .record({ key, condition })
    .map(({ key, condition }): Action => ({ type: 'check', key, condition: { exists: true, ...condition } }));
  const count = fc
    .record({ key: counterKey, set: attributes, by: number, condition: alternatives })
    .map(({ key, set, by, condition }): Action => {
      const all = { kind: 'counter', schema: 1, ...set };
      return { type: 'update', key, set: all, add: { c: by }, condition, creates: true };
    });
  return fc.uniqueArray(fc.oneof(plain, put, update, remove, check, count), {
    minLength: 1,
    maxLength: 5,
    selector: (action) => JSON.stringify(keyOf(action)),
  });
}

const bound = fc.option(fc.constantFrom(...SKS, 'a!', 'c', '~', '\u{10000}'), { nil: undefined });
const query = fc.record({
  pk: fc.constantFrom(...PKS),
  from: bound,
  to: bound,
  after: bound,
  reverse: fc.boolean(),
  limit: fc.integer({ min: 1, max: 4 }),
}) as fc.Arbitrary<Query>;

function stepsAt(now: number): fc.Arbitrary<Step[]> {
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 6, arbitrary: actionsAt(now).map((actions): Step => ({ do: 'write', actions })) },
    { weight: 3, arbitrary: query.map((query): Step => ({ do: 'query', query })) },
    { weight: 1, arbitrary: fc.array(key, { maxLength: 6 }).map((keys): Step => ({ do: 'getMany', keys })) },
    {
      weight: 1,
      arbitrary: fc.integer({ min: 1, max: 50 }).map((seconds): Step => ({ do: 'pass', seconds })),
    },
  );
  return fc.array(step, { minLength: 5, maxLength: 40 });
}

/** Something to compare: what was read, or how a write ended. */
async function run(table: Table, step: Step): Promise<unknown> {
  if (step.do === 'getMany') return table.getMany(step.keys);
  if (step.do === 'query') return readAll(table, step.query);
  if (step.do === 'pass') return undefined;
  try {
    await table.write(step.actions);
    return 'written';
  } catch (error) {
    if (error instanceof ConditionFailed) return error.failed;
    throw error;
  }
}

async function readAll(table: Table, query: Query): Promise<unknown[]> {
  const { items, next } = await table.query(query);
  expect(items.length).toBeLessThanOrEqual(query.limit);
  return next === undefined ? [...items] : [...items, ...(await readAll(table, { ...query, after: next }))];
}

async function agree(engine: Table, clock: TestClock, steps: readonly Step[]): Promise<void> {
  const model = modelTable(clock);
  for (const step of steps) {
    if (step.do === 'pass') clock.advance(step.seconds * 1000);
    expect(await run(engine, step)).toEqual(await run(model, step));
  }
  for (const pk of PKS) {
    const all: Step = { do: 'query', query: { pk, limit: 3 } };
    expect(await run(engine, all)).toEqual(await run(model, all));
  }
}

/** Random sequences of operations do the same to the engine as to the model. */
export function tableModel(name: string, factory: TableFactory, numRuns: number): void {
  test(`the table on ${name} behaves like its model`, async () => {
    const start = Math.floor(Date.now() / 1000);
    const property = fc.asyncProperty(stepsAt(start), async (steps) => {
      const clock = testClock(start * 1000);
      const { table, close } = await factory({ clock });
      try {
        await agree(table, clock, steps);
      } finally {
        await close();
      }
    });
    await fc.assert(property, { numRuns });
  }, 60_000);
}
