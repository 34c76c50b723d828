import { key } from '../../../table/keys.ts';
import type { Item, Key, Value } from '../../../table/table.ts';

/**
 * Where a migration stands.
 *
 *     checking  a dry run looks at every entity
 *     filling   hidden fields get their values; readers see the old ones
 *     switched  one write showed the new fields; the old ones are kept up, so that there is a way back
 *     returning the way back: the old fields are completed; readers see the new ones
 *     clearing  what is hidden is taken away
 *     over
 */
export type Phase = 'checking' | 'filling' | 'switched' | 'returning' | 'clearing' | 'over';

/** `blocked` waits for entities to be corrected. */
export type Status = 'active' | 'paused' | 'blocked';
export type Outcome = 'checked' | 'completed' | 'cancelled' | 'rolled_back';

export interface MigrationFailure {
  readonly uuid: string;
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

export interface Progress {
  readonly total: number;
  readonly looked_at: number;
  readonly changed: number;
  readonly failed: number;
  /** The first of the failures. */
  readonly failures: readonly MigrationFailure[];
}

export interface Migration {
  readonly id: string;
  readonly organisation: string;
  readonly type: string;
  readonly type_uuid: string;
  /** What was asked for. */
  readonly fields: readonly Readonly<Record<string, Value>>[];
  readonly dry_run: boolean;
  readonly phase: Phase;
  readonly status: Status;
  /** What it came to, or will once what is hidden is gone. */
  readonly outcome?: Outcome;
  readonly progress: Progress;
  /** Behind which entity to go on. */
  readonly after?: string;
  /** Unix milliseconds before which somebody may still write by an older definition. */
  readonly ready_at: number;
  /** Counts changes of this record; every one is conditional on it. */
  readonly revision: number;
  readonly created_by: string;
  readonly created_at: string;
  readonly updated_at: string;
  /** Until when there is a way back, once it is switched. */
  readonly rollback_until?: string;
  readonly expires_at?: number;
}

export const NO_PROGRESS: Progress = { total: 0, looked_at: 0, changed: 0, failed: 0, failures: [] };

export const migrationsOf = (organisation: string) => key(organisation, 'migrations');
export const migrationKey = ({ organisation, id }: Pick<Migration, 'organisation' | 'id'>): Key => ({
  pk: migrationsOf(organisation),
  sk: key(id),
});

export const migrationItem = (migration: Migration): Item => ({
  ...migrationKey(migration),
  kind: 'migration',
  schema: 1,
  ...JSON.parse(JSON.stringify(migration)), // drops what is undefined
});

export function migrationFromItem(item: Item): Migration {
  const { pk: _pk, sk: _sk, kind: _kind, schema: _schema, ...migration } = item;
  return migration as unknown as Migration;
}

/** A migration that has something to do, and when. The time moves on while somebody is at it. */
export interface Due {
  readonly id: string;
  readonly organisation: string;
  /** Unix milliseconds. */
  readonly due_at: number;
}

export const duePartition = key('system', 'entity-migrations');
export const dueKey = (id: string): Key => ({ pk: duePartition, sk: key(id) });
export const dueItem = ({ id, organisation }: Migration, due_at: number): Item => ({
  ...dueKey(id),
  kind: 'due',
  schema: 1,
  id,
  organisation,
  due_at,
});
export const dueFromItem = (item: Item): Due => item as unknown as Due;
