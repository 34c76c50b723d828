import { composeCore } from '../../src/compose-core.ts';
import { readSettings } from '../../src/config.ts';
import { silentLog } from '../../src/kernel/ports.ts';
import { MIGRATIONS } from '../../src/migrations/index.ts';
import { migrationsOf } from '../../src/migrations/migrate.ts';
import type { Migration } from '../../src/migrations/migration.ts';

const core = () =>
  composeCore(readSettings({ NODE_ENV: 'test', SQLITE_PATH: ':memory:' }), {
    version: '0.0.0',
    log: silentLog,
    env: {},
  });

function recorded(): {
  migrations: readonly Migration[];
  done: string[];
  breakAt: (version?: number) => void;
} {
  const done: string[] = [];
  let broken: number | undefined;
  const migration = (version: number): Migration => ({
    version,
    name: `m${version}`,
    async up() {
      if (version === broken) throw new Error('broken');
      done.push(`up ${version}`);
    },
    async down() {
      done.push(`down ${version}`);
    },
  });
  const migrations = [1, 2, 3].map(migration);
  return {
    migrations,
    done,
    breakAt(version) {
      broken = version;
    },
  };
}

test('go up in order, once, and down in reverse', async () => {
  const registry = await core();
  const { migrations, done } = recorded();
  const { upgrade, downgrade, history } = migrationsOf(registry, migrations);
  expect(await upgrade(2)).toEqual([1, 2]);
  expect(await upgrade()).toEqual([3]);
  expect(await upgrade()).toEqual([]);
  expect((await history()).every(({ applied_at }) => applied_at !== null)).toBe(true);
  expect(await downgrade(1)).toEqual([3, 2]);
  expect(await downgrade(1)).toEqual([]);
  expect((await history()).map(({ applied_at }) => applied_at !== null)).toEqual([true, false, false]);
  expect(done).toEqual(['up 1', 'up 2', 'up 3', 'down 3', 'down 2']);
  await registry.close();
});

test('one that fails is not counted as applied, and the next attempt begins with it', async () => {
  const registry = await core();
  const { migrations, done, breakAt } = recorded();
  const { upgrade } = migrationsOf(registry, migrations);
  breakAt(2);
  await expect(upgrade()).rejects.toThrow('broken');
  breakAt();
  expect(await upgrade()).toEqual([2, 3]);
  expect(done).toEqual(['up 1', 'up 2', 'up 3']);
  await registry.close();
});

test('nothing is taken back if one of them cannot be', async () => {
  const registry = await core();
  const { migrations, done } = recorded();
  const { down: _, ...second } = migrations[1]!;
  const { upgrade, downgrade } = migrationsOf(registry, [migrations[0]!, second, migrations[2]!]);
  await upgrade();
  await expect(downgrade(0)).rejects.toMatchObject({ code: 'irreversible' });
  await expect(upgrade(4)).rejects.toMatchObject({ code: 'unknown_version' });
  await expect(downgrade(-1)).rejects.toMatchObject({ code: 'unknown_version' });
  expect(await downgrade(2)).toEqual([3]);
  expect(done).toEqual(['up 1', 'up 2', 'up 3', 'down 3']);
  await registry.close();
});

test('those of the release count from 1 without gaps', () => {
  expect(MIGRATIONS.map(({ version }) => version)).toEqual(MIGRATIONS.map((_, i) => i + 1));
});
