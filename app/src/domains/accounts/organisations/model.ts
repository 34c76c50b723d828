import { DEFAULT_ORGANISATION } from '../../../kernel/actor.ts';
import type { Item } from '../../../table/table.ts';
import { organisationKey } from '../keys.ts';

export interface Organisation {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly created_at: string;
  readonly updated_at: string;
}

/** The organisation that is there from the start, and in which callers without an account act. */
export const initialOrganisation = (now: string): Organisation => ({
  id: DEFAULT_ORGANISATION,
  name: DEFAULT_ORGANISATION,
  version: 1,
  created_at: now,
  updated_at: now,
});

export const toItem = (organisation: Organisation): Item => ({
  ...organisationKey(organisation.id),
  kind: 'organisation',
  schema: 1,
  ...organisation,
});

export function fromItem(item: Item): Organisation {
  const { id, name, version, created_at, updated_at } = item as unknown as Organisation;
  return { id, name, version, created_at, updated_at };
}
