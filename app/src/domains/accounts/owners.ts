import { type FieldError, pointer } from '../../kernel/errors.ts';
import type { Key, Table } from '../../table/table.ts';
import { groupKey, organisationKey, userKey } from './keys.ts';

type Owners = Readonly<Partial<Record<'users' | 'groups' | 'organisations', readonly string[]>>>;

const PLACES: Readonly<Record<string, (organisation: string, id: string) => Key>> = {
  users: userKey,
  groups: groupKey,
  organisations: (_, id) => organisationKey(id),
};

/** Makes the function that tells which owners of a record do not exist where it is. */
export function unknownOwners(table: Table) {
  return async (organisation: string, owners: Owners): Promise<readonly FieldError[]> => {
    const named = Object.entries(PLACES).flatMap(([kind, keyOf]) =>
      (owners[kind as keyof Owners] ?? []).map((id, i) => ({ kind, id, i, key: keyOf(organisation, id) })),
    );
    const found = await table.getMany(named.map(({ key }) => key));
    return named.flatMap(({ kind, id, i }, at) => {
      // Which other organisations there are is nobody's business.
      const isKnown = found[at] && (kind !== 'organisations' || id === organisation);
      if (isKnown) return [];
      const detail = `There are no ${kind} with the id ${id} here.`;
      return [{ pointer: pointer('owners', kind, i), code: 'unknown_owner', detail }];
    });
  };
}
