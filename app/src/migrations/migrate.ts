import type { Core } from '../compose-core.ts';
import { fail } from '../kernel/errors.ts';
import { key } from '../table/keys.ts';
import type { Item, Key } from '../table/table.ts';
import type { Migration } from './migration.ts';

/** A migration, and when it was applied to this table. */
export interface Applied {
  readonly version: number;
  readonly name: string;
  readonly applied_at: string | null;
}

const PLACE = key('system', 'migrations');
const keyOf = ({ version }: Migration): Key => ({ pk: PLACE, sk: key(String(version).padStart(6, '0')) });

/** What was applied to the table of this core, and the ways up and down. */
export function migrationsOf(core: Core, migrations: readonly Migration[]) {
  const { table, clock } = core;

  async function history(): Promise<Applied[]> {
    const items = await table.getMany(migrations.map(keyOf));
    return migrations.map(({ version, name }, i) => ({
      version,
      name,
      applied_at: (items[i]?.applied_at ?? null) as string | null,
    }));
  }

  /** Applies what is missing, up to a version, and answers which that was. */
  async function upgrade(to = migrations.length): Promise<number[]> {
    requireVersion(to, 1);
    const done = await history();
    const missing = migrations.filter(({ version }, i) => version <= to && done[i]?.applied_at === null);
    for (const migration of missing) {
      await migration.up(core);
      const applied_at = new Date(clock.now()).toISOString();
      const { version, name } = migration;
      const item: Item = { ...keyOf(migration), kind: 'migration', schema: 1, version, name, applied_at };
      await table.write([{ type: 'put', item }]);
    }
    return missing.map(({ version }) => version);
  }

  /** Takes back what is above a version, newest first. Refuses before anything is done if one of them cannot be. */
  async function downgrade(to: number): Promise<number[]> {
    requireVersion(to, 0);
    const done = await history();
    const above = migrations.filter(({ version }, i) => version > to && done[i]?.applied_at !== null);
    const stuck = above.find(({ down }) => down === undefined);
    if (stuck) {
      const detail = `Migration ${stuck.version} (${stuck.name}) cannot be taken back; nothing was changed.`;
      throw fail('conflict', 'irreversible', detail);
    }
    for (const migration of above.toReversed()) {
      await migration.down?.(core);
      await table.write([{ type: 'delete', key: keyOf(migration) }]);
    }
    return above.map(({ version }) => version).toReversed();
  }

  function requireVersion(version: number, lowest: number): void {
    if (Number.isInteger(version) && version >= lowest && version <= migrations.length) return;
    throw fail(
      'invalid',
      'unknown_version',
      `A version is a whole number from ${lowest} to ${migrations.length}.`,
    );
  }

  return { history, upgrade, downgrade };
}
