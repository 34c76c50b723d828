import { type Actor, allows } from '../../kernel/actor.ts';
import { fail } from '../../kernel/errors.ts';
import type { FieldDefinition, TypeDefinition } from '../../schema/definition.ts';
import { checkField } from '../../schema/values.ts';
import type { Table } from '../../table/table.ts';
import { requireOwner } from './access.ts';
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
    for await (const record of recordsOf(definition, 'too many to check against stricter rules')) {
      if (!meetsAll(fields, record)) count += 1;
    }
    return count;
  }

  /**
   * Throws 403 if others own some of the entities, so that the caller may not delete them, and 409 if there are too
   * many to look through. Who manages owners may delete them all.
   */
  async function refuseOwned(actor: Actor, definition: TypeDefinition): Promise<void> {
    if (allows(actor, 'owners:admin')) return;
    const records = recordsOf(definition, 'too many to see whether others own some of them');
    for await (const record of records) requireOwner(actor, record);
  }

  async function* recordsOf({ organisation, name }: TypeDefinition, problem: string) {
    let after: string | undefined;
    for (let seen = 0; ; seen += BATCH) {
      if (seen >= MOST) throw tooMany(name, problem);
      const page = await table.query({ pk: listing(organisation, name), after, limit: BATCH });
      const uuids = page.items.map((item) => String(item.uuid));
      for (const record of await reader.records(organisation, name, uuids)) if (record) yield record;
      if (page.next === undefined) return;
      after = page.next;
    }
  }

  return { exist, breaking, refuseOwned };
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

function tooMany(name: string, problem: string) {
  const detail = `There are more than ${MOST} entities of the type ${name}, ${problem}.`;
  return fail('conflict', 'too_many_to_check', detail);
}
