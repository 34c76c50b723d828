import { Failure, fail } from '../../kernel/errors.ts';
import { fieldNamed, type TypeDefinition } from '../../schema/definition.ts';
import { foldName } from '../../schema/order.ts';
import { orderedTexts } from '../../schema/values.ts';
import type { Table } from '../../table/table.ts';
import { GROUP_TAKEN } from './groups.ts';
import { fieldIndex, valueRange } from './keys.ts';
import type { EntityRecord } from './model.ts';
import type { Reader } from './reader.ts';

const FEW = 5;

/** The same failure with the entity that puts a member into another group, if it is still there. */
export async function disagreement(
  table: Table,
  reader: Reader,
  definition: TypeDefinition,
  record: EntityRecord,
  error: unknown,
): Promise<Failure | undefined> {
  if (!(error instanceof Failure) || error.code !== GROUP_TAKEN) return undefined;
  const { pairs } = definition.rules!.grouping!;
  for (const [member, group] of pairs) {
    for (const other of await holdersOf(table, reader, definition, record, record.fields[member])) {
      for (const [theirs, theirGroup] of pairs) {
        const isSame = foldName(String(other.fields[theirs])) === foldName(String(record.fields[member]));
        if (!isSame || other.fields[theirGroup] === record.fields[group]) continue;
        const { keyField = 'uuid' } = definition.rules!;
        const name = String(other.fields[keyField] ?? other.uuid);
        const detail = `The ${member} ${record.fields[member]} has the ${theirGroup} ${other.fields[theirGroup]} in ${keyField} ${name}.`;
        const errors = error.errors.map((each) => ({ ...each, detail }));
        return fail('conflict', GROUP_TAKEN, detail, { errors, extra: { [keyField]: name } });
      }
    }
  }
  return undefined;
}

/** Other entities that have this value in one of the member fields. */
async function holdersOf(
  table: Table,
  reader: Reader,
  definition: TypeDefinition,
  { organisation, type, uuid }: EntityRecord,
  value: EntityRecord['fields'][string] | undefined,
): Promise<EntityRecord[]> {
  if (value === undefined) return [];
  const members = definition.rules!.grouping!.pairs.map(([member]) => fieldNamed(definition, member)!);
  const pages = await Promise.all(
    members.map((field) => {
      const pk = fieldIndex(organisation, type, field.id);
      return table.query({ pk, ...valueRange.equal(orderedTexts(field, value)[0]!), limit: FEW });
    }),
  );
  const uuids = pages
    .flatMap(({ items }) => items.map((item) => String(item.uuid)))
    .filter((one) => one !== uuid);
  const records = await reader.records(organisation, type, [...new Set(uuids)]);
  return records.filter((one) => one !== undefined);
}
