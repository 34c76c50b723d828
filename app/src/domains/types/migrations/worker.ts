import { Failure } from '../../../kernel/errors.ts';
import type { Clock, Log } from '../../../kernel/ports.ts';
import type { TypeDefinition } from '../../../schema/definition.ts';
import { commit, Stale } from '../../../table/steps.ts';
import type { Table } from '../../../table/table.ts';
import type { Types } from '../service.ts';
import {
  type Due,
  dueFromItem,
  dueItem,
  duePartition,
  type Migration,
  type MigrationFailure,
  migrationFromItem,
  migrationKey,
  type Progress,
} from './job.ts';
import { type FieldMigration, shadowsFor, withShadows } from './plan.ts';
import type { Migrations } from './service.ts';
import { ACTIONS, completed, ended, isWorking } from './transitions.ts';

/** What the keeper of entities does for a migration. */
export interface Conformer {
  /** Brings the next entities to the form that their definition has for them; `dry` only says what would fail. */
  page(definition: TypeDefinition, after: string | undefined, dry: boolean): Promise<Page>;
  count(definition: TypeDefinition): Promise<number>;
}

interface Page {
  readonly looked_at: number;
  readonly changed: number;
  readonly failures: readonly MigrationFailure[];
  readonly next?: string | undefined;
}

export interface WorkerOptions {
  readonly table: Table;
  readonly clock: Clock;
  readonly log: Log;
  readonly types: Types;
  readonly migrations: Migrations;
  readonly conformer: Conformer;
}

const LEASE_MS = 30_000;
const MOST_FAILURES = 20;

/**
 * Works on the migrations that are due, page by page. Where it stands is written after each page, so that another
 * instance goes on where a stopped one was; a page done twice does no harm.
 */
export function createMigrationWorker({ table, clock, log, types, migrations, conformer }: WorkerOptions) {
  let isStopping = false;

  /** Does all that is due. Safe to run anywhere, at any time. */
  async function run(): Promise<void> {
    const { items } = await table.query({ pk: duePartition, limit: 100 });
    for (const due of items.map(dueFromItem)) {
      if (due.due_at > clock.now() || isStopping) continue;
      await work(due).catch((error) => {
        if (!(error instanceof Stale)) log.error('a migration cannot go on', { migration: due.id, error });
      });
    }
  }

  async function work(due: Due): Promise<void> {
    let migration: Migration | undefined = await take(due);
    while (migration && isWorking(migration) && migration.ready_at <= clock.now() && !isStopping) {
      migration = await step(migration);
    }
  }

  /** Keeps others from it for a while. Throws `Stale` if one of them was first. */
  async function take(due: Due): Promise<Migration | undefined> {
    const item = await table.get(migrationKey(due));
    const migration = item && migrationFromItem(item);
    if (!migration) return undefined;
    const mine = dueItem(migration, clock.now() + LEASE_MS);
    const condition = { equals: { due_at: due.due_at } };
    await commit(table, [{ action: { type: 'put', item: mine, condition } }]);
    if (migration.phase !== 'switched') return migration;
    return migrations.move(migration, ACTIONS.finish(migration));
  }

  async function step(migration: Migration): Promise<Migration | undefined> {
    const definition = await definitionOf(migration);
    if (!definition) return migrations.move(migration, ended(migration, 'cancelled', clock.now()));
    const isFirst = migration.after === undefined;
    const total = isFirst ? await conformer.count(definition) : migration.progress.total;
    const { next, ...page } = await conformer.page(
      definition,
      migration.after,
      migration.phase === 'checking',
    );
    const { after: _after, ...rest } = migration;
    const looked: Migration = { ...rest, progress: counted({ ...migration.progress, total }, page) };
    if (next === undefined) return migrations.move(migration, completed(looked, clock.now()));
    return migrations.move(migration, { after: { ...looked, after: next } }, clock.now() + LEASE_MS);
  }

  /** The definition to go by; undefined if the type is gone, or not what it was. */
  async function definitionOf({ organisation, type, type_uuid, id, phase, fields }: Migration) {
    const definition = await types.get(organisation, type).catch(ignoreAbsence);
    if (definition?.uuid !== type_uuid) return undefined;
    if (phase !== 'checking') return definition.migration?.id === id ? definition : undefined;
    try {
      return withShadows(definition, id, shadowsFor(definition, fields as unknown as FieldMigration[]));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return undefined; // the type has changed so that there is nothing to try any more
    }
  }

  return {
    run,
    /** Makes a run end after the page that it is at. */
    stop() {
      isStopping = true;
    },
  };
}

function counted(before: Progress, { looked_at, changed, failures }: Omit<Page, 'next'>): Progress {
  return {
    total: before.total,
    looked_at: before.looked_at + looked_at,
    changed: before.changed + changed,
    failed: before.failed + failures.length,
    failures: [...before.failures, ...failures].slice(0, MOST_FAILURES),
  };
}

function ignoreAbsence(error: unknown): undefined {
  if (!(error instanceof Failure) || error.kind !== 'absent') throw error;
}
