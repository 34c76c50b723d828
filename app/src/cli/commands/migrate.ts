import { MIGRATIONS } from '../../migrations/index.ts';
import { type Applied, migrationsOf } from '../../migrations/migrate.ts';
import type { AddCommand } from '../command.ts';
import { addSamples } from '../sample-records.ts';

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
    .alias('up')
    .description('make the table if there is none, and apply what is missing; run again, it changes nothing')
    .option('--to <version>', 'the last one to apply', Number, MIGRATIONS.length)
    .option('--seed', 'and make the sample records that are missing in the default organisation', false)
    .action(({ to, seed }: { to: number; seed: boolean }) =>
      withCore(async (core) => {
        const applied = await migrationsOf(core, MIGRATIONS).upgrade(to);
        const text = applied.length === 0 ? 'Nothing to apply.' : `Applied ${applied.join(', ')}.`;
        if (!seed) return { text, data: { applied } };
        const samples = await addSamples(core);
        return { text: `${text} Made ${samples} sample records.`, data: { applied, samples } };
      }),
    );
  group
    .command('downgrade')
    .alias('down')
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
