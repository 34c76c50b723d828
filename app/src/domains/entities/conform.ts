import { isDeepStrictEqual } from 'node:util';
import { Failure, type FieldError } from '../../kernel/errors.ts';
import type { TypeDefinition } from '../../schema/definition.ts';
import { shadowValues, shownValues } from '../../schema/shadows.ts';
import { commit, retryStale, type Step } from '../../table/steps.ts';
import type { Table } from '../../table/table.ts';
import { collectionOf, entityKey, listing } from './keys.ts';
import { type EntityRecord, shapeOf, unchanged } from './model.ts';
import { derivedSteps } from './pointers.ts';
import type { Reader } from './reader.ts';

/** What one page of entities came to. */
export interface ConformedPage {
  readonly looked_at: number;
  readonly changed: number;
  readonly failures: readonly ConformFailure[];
  /** Where to go on; absent after the last page. */
  readonly next?: string | undefined;
}

/** An entity that cannot be brought to the form, and why. */
export interface ConformFailure extends FieldError {
  readonly uuid: string;
}

export type Conform = ReturnType<typeof createConform>;

const PAGE = 100;
const SIDE_BY_SIDE = 10;

/** Brings the entities of a type to the form that its definition has for them, page by page. */
export function createConform(table: Table, reader: Reader) {
  /** The next page. `dry` changes nothing and only says what would fail, apart from values that are not unique. */
  async function page(
    definition: TypeDefinition,
    after: string | undefined,
    dry: boolean,
  ): Promise<ConformedPage> {
    const { organisation, name } = definition;
    const { items, next } = await table.query({ pk: listing(organisation, name), after, limit: PAGE });
    const uuids = items.map((item) => String(item.uuid));
    const failures: ConformFailure[] = [];
    let changed = 0;
    for (let i = 0; i < uuids.length; i += SIDE_BY_SIDE) {
      const some = await reader.records(organisation, name, uuids.slice(i, i + SIDE_BY_SIDE));
      const present = some.filter((record) => record !== undefined);
      const outcomes = await Promise.all(present.map((record) => conformed(definition, record, dry)));
      for (const [n, outcome] of outcomes.entries()) {
        if (outcome === 'changed') changed += 1;
        else if (outcome !== 'same')
          failures.push(...outcome.map((error) => ({ uuid: present[n]!.uuid, ...error })));
      }
    }
    return { looked_at: uuids.length, changed, failures, next };
  }

  type Outcome = 'changed' | 'same' | readonly FieldError[];

  async function conformed(definition: TypeDefinition, seen: EntityRecord, dry: boolean): Promise<Outcome> {
    let record: EntityRecord | undefined = seen;
    const attempt = async (): Promise<Outcome> => {
      const before: EntityRecord | undefined = record;
      record = undefined; // a second attempt is one because what was read is out of date
      const current = before ?? (await reader.records(seen.organisation, seen.type, [seen.uuid]))[0];
      return current ? conform(definition, current, dry) : 'same';
    };
    try {
      return await retryStale(attempt);
    } catch (error) {
      if (error instanceof Failure && error.errors.length > 0) return error.errors;
      throw error;
    }
  }

  async function conform(definition: TypeDefinition, record: EntityRecord, dry: boolean): Promise<Outcome> {
    const shown = shownValues(definition, record.fields);
    const { values, errors, leftovers } = shadowValues(definition, shown, record.fields);
    const wrong = [...errors, ...leftovers];
    if (wrong.length > 0) return wrong;
    if (dry) return 'same';
    const shape = Math.max(shapeOf(record), definition.version);
    const after = { ...record, fields: { ...shown, ...values }, shape };
    const derived = derivedSteps(definition, record, after);
    if (derived.length === 0 && isDeepStrictEqual(after.fields, record.fields)) return 'same';
    await commit(table, [updateStep(record, after), ...derived]);
    return 'changed';
  }

  /** How many entities the type has. */
  async function count({ organisation, name }: TypeDefinition): Promise<number> {
    let total = 0;
    for (let after: string | undefined; ; ) {
      const found = await table.query({ pk: listing(organisation, name), after, limit: 10_000 });
      total += found.items.length;
      if (found.next === undefined) return total;
      after = found.next;
    }
  }

  return { page, count };
}

/** Neither the entity's version nor its time of change moves: for callers it is what it was. */
function updateStep(before: EntityRecord, { fields, shape }: EntityRecord): Step {
  const { organisation, uuid, type } = before;
  return {
    action: {
      type: 'update',
      key: entityKey(organisation, uuid),
      collection: collectionOf(organisation, type),
      set: { fields, shape: shape! },
      condition: unchanged(before),
    },
  };
}
