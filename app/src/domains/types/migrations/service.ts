import type { Actor } from '../../../kernel/actor.ts';
import { fail } from '../../../kernel/errors.ts';
import { newUuid } from '../../../kernel/ids.ts';
import type { Page } from '../../../kernel/page.ts';
import type { Clock } from '../../../kernel/ports.ts';
import type { TypeDefinition } from '../../../schema/definition.ts';
import type { Cursors } from '../../../table/cursor.ts';
import { commit, retryStale, type Step } from '../../../table/steps.ts';
import type { Table, Value } from '../../../table/table.ts';
import { GRACE_MS } from '../grace.ts';
import type { Types } from '../service.ts';
import {
  dueItem,
  dueKey,
  type Migration,
  migrationFromItem,
  migrationItem,
  migrationKey,
  migrationsOf,
  NO_PROGRESS,
} from './job.ts';
import { type FieldMigration, shadowsFor, withShadows } from './plan.ts';
import { ACTIONS, type ActionName, isWorking, type Move } from './transitions.ts';

export interface MigrationsOptions {
  readonly table: Table;
  readonly clock: Clock;
  readonly cursors: Cursors;
  readonly types: Types;
}

export interface MigrationInput {
  readonly fields: readonly FieldMigration[];
  readonly dry_run?: boolean;
}

export type Migrations = ReturnType<typeof createMigrations>;

/**
 * Changes of fields that stored data depends on: their type, index, uniqueness, or stricter rules for many entities.
 * What the changed fields will hold is written beside what there is and shown by one write once it is complete,
 * so that readers see one form or the other and never a mixture.
 */
export function createMigrations({ table, clock, cursors, types }: MigrationsOptions) {
  const timestamp = () => new Date(clock.now()).toISOString();

  /** Begins a migration. Throws 404 for an unknown type, 409 while another one is under way, 422 for broken rules. */
  async function start(
    actor: Actor,
    type: string,
    input: MigrationInput,
    also: (made: Migration) => Step[] = () => [],
  ): Promise<Migration> {
    const definition = await types.get(actor.organisation, type);
    const migration = newMigration(actor, definition, input);
    const steps = [put(migration, { exists: false }), due(migration), ...also(migration)];
    const planned = (before: TypeDefinition) => {
      refuseSecond(before);
      return shadowsFor(before, input.fields);
    };
    if (migration.dry_run) {
      planned(definition);
      await commit(table, steps);
    } else {
      await types.rewrite(actor.organisation, type, async (before) => ({
        after: withShadows(before, migration.id, planned(before)),
        also: steps,
      }));
    }
    return migration;
  }

  function newMigration(actor: Actor, definition: TypeDefinition, input: MigrationInput): Migration {
    const { dry_run = false, fields } = input;
    return {
      id: newUuid(clock.now()),
      organisation: actor.organisation,
      type: definition.name,
      type_uuid: definition.uuid,
      fields: fields as unknown as Readonly<Record<string, Value>>[],
      dry_run,
      phase: dry_run ? 'checking' : 'filling',
      status: 'active',
      progress: NO_PROGRESS,
      ready_at: clock.now() + (dry_run ? 0 : GRACE_MS),
      revision: 1,
      created_by: actor.id,
      created_at: timestamp(),
      updated_at: timestamp(),
    };
  }

  /** One migration of a type. Throws 404. */
  async function get(
    { organisation }: Pick<Actor, 'organisation'>,
    type: string,
    id: string,
  ): Promise<Migration> {
    const item = await table.get(migrationKey({ organisation, id }));
    const migration = item && migrationFromItem(item);
    if (migration?.type !== type)
      throw fail('absent', 'not_found', `There is no migration ${id} of ${type}.`);
    return migration;
  }

  /** The migrations of a type, the newest first. */
  async function list(
    { organisation }: Actor,
    type: string,
    { limit, cursor }: { readonly limit: number; readonly cursor?: string },
  ): Promise<Page<Migration>> {
    await types.get(organisation, type); // an unknown type is told as such
    const scope = [organisation, 'migrations', type];
    const items: Migration[] = [];
    for (let after = cursor === undefined ? undefined : (cursors.open(scope, cursor) as string); ; ) {
      const page = await table.query({ pk: migrationsOf(organisation), after, limit, reverse: true });
      for (const [i, item] of page.items.entries()) {
        const migration = migrationFromItem(item);
        if (migration.type === type) items.push(migration);
        const more = i + 1 < page.items.length || page.next !== undefined;
        if (items.length === limit) return { items, next: more ? cursors.seal(scope, item.sk) : null };
      }
      if (page.next === undefined) return { items, next: null };
      after = page.next;
    }
  }

  /** Does what a caller asks for. Throws 404, or 409 where the migration's state does not allow it. */
  async function act(actor: Actor, type: string, id: string, action: ActionName): Promise<Migration> {
    return retryStale(async () => {
      const migration = await get(actor, type, id);
      return move(migration, ACTIONS[action](migration, clock.now()));
    });
  }

  /**
   * Writes a migration's next state together with the definition that belongs to it and with when to work on it: after
   * another definition not before everybody writes by it. Throws `Stale` if somebody else has moved it meanwhile.
   */
  async function move(before: Migration, { after, rewrite }: Move, busyUntil?: number): Promise<Migration> {
    const moved: Migration = {
      ...after,
      ready_at: rewrite ? clock.now() + GRACE_MS : after.ready_at,
      revision: before.revision + 1,
      updated_at: timestamp(),
    };
    const steps = [put(moved, { equals: { revision: before.revision } }), due(moved, busyUntil)];
    if (!rewrite) {
      await commit(table, steps);
      return moved;
    }
    await types.rewrite(after.organisation, after.type, async (definition) => {
      if (definition.migration?.id !== after.id)
        throw fail('absent', 'not_found', 'The type is not what it was.');
      return { after: rewrite(definition), also: steps };
    });
    return moved;
  }

  /** When to work on it; not at all while there is nothing to do. */
  function due(migration: Migration, busyUntil = 0): Step {
    const { phase, rollback_until, ready_at, id } = migration;
    if (phase !== 'switched' && !isWorking(migration)) return { action: { type: 'delete', key: dueKey(id) } };
    const at =
      phase === 'switched' ? Date.parse(rollback_until!) : Math.max(clock.now(), ready_at, busyUntil);
    return { action: { type: 'put', item: dueItem(migration, at) } };
  }

  return { start, get, list, act, move };
}

function put(migration: Migration, condition: { exists: false } | { equals: { revision: number } }): Step {
  return { action: { type: 'put', item: migrationItem(migration), condition } };
}

function refuseSecond({ name, migration }: TypeDefinition): void {
  if (!migration) return;
  const detail = `The migration ${migration.id} of ${name} has not ended; finish it, cancel it or roll it back first.`;
  throw fail('conflict', 'migration_in_progress', detail, { extra: { migration: migration.id } });
}
