import { fail } from '../../kernel/errors.ts';
import type { FieldDefinition, TypeDefinition } from '../../schema/definition.ts';
import { checkField } from '../../schema/values.ts';
import type { Table } from '../../table/table.ts';
import { listing } from './keys.ts';
import type { EntityRecord } from './model.ts';
import type { Reader } from './reader.ts';

/** More entities than this are not looked through while a request waits. */
const MOST = 10_000;
const BATCH = 100;

/** What the keeper of types asks about the entities of a type. */
export function createCensus(table: Table, reader: Reader) {
  async function exist(organisation: string, type: string): Promise<boolean> {
    const { items } = await table.query({ pk: listing(organisation, type), limit: 1 });
    return items.length > 0;
  }

  /** Counts entities that do not meet these fields' rules. Throws 409 if there are too many to look through. */
  async function breaking(definition: TypeDefinition, fields: readonly FieldDefinition[]): Promise<number> {
    let count = 0;
    let after: string | undefined;
    for (let seen = 0; ; seen += BATCH) {
      if (seen >= MOST) throw tooMany(definition);
      const pk = listing(definition.organisation, definition.name);
      const page = await table.query({ pk, after, limit: BATCH });
      const uuids = page.items.map((item) => String(item.uuid));
      const records = await reader.records(definition.organisation, definition.name, uuids);
      count += records.filter((record) => record && !meetsAll(fields, record)).length;
      if (page.next === undefined) return count;
      after = page.next;
    }
  }

  return { exist, breaking };
}

function meetsAll(fields: readonly FieldDefinition[], record: EntityRecord): boolean {
  return fields.every((field) => {
    const value = record.fields[field.id];
    if (value === undefined) return !field.required;
    const errors: never[] = [];
    checkField(field, value, errors);
    return errors.length === 0;
  });
}

function tooMany({ name }: TypeDefinition) {
  const detail = `There are more than ${MOST} entities of the type ${name}, too many to check against stricter rules.`;
  return fail('conflict', 'too_many_to_check', detail);
}
