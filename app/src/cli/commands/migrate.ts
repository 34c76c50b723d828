import { MIGRATIONS } from '../../migrations/index.ts';
import { type Applied, migrationsOf } from '../../migrations/migrate.ts';
import type { AddCommand } from '../command.ts';

export const migrate: AddCommand = (program, { withCore }) => {
  const group = program.command('migrate').description('bring the table to what this release expects');
  group
    .command('history')
    .description('list all migrations and when they were applied')
    .action(() =>
      withCore(async (core) => {
        const all = await migrationsOf(core, MIGRATIONS).history();
        return { text: all.map(line).join('\n'), data: all };
      }),
    );
  group
    .command('upgrade')
    .description('apply those that are missing; run again, it changes nothing')
    .option('--to <version>', 'the last one to apply', Number, MIGRATIONS.length)
    .action(({ to }: { to: number }) =>
      withCore(async (core) => {
        const applied = await migrationsOf(core, MIGRATIONS).upgrade(to);
        const text = applied.length === 0 ? 'Nothing to apply.' : `Applied ${applied.join(', ')}.`;
        return { text, data: { applied } };
      }),
    );
  group
    .command('downgrade')
    .description('take back those above a version, where they can be')
    .requiredOption('--to <version>', 'the last one to keep; 0 keeps none', Number)
    .action(({ to }: { to: number }) =>
      withCore(async (core) => {
        const reverted = await migrationsOf(core, MIGRATIONS).downgrade(to);
        const text = reverted.length === 0 ? 'Nothing to take back.' : `Took back ${reverted.join(', ')}.`;
        return { text, data: { reverted } };
      }),
    );
};

const line = ({ version, name, applied_at }: Applied) =>
  `${String(version).padStart(3)}  ${(applied_at ?? 'missing').padEnd(24)}  ${name}`;
