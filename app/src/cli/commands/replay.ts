import { allOrganisations, CONSUMERS } from '../../compose-consumers.ts';
import { fail } from '../../kernel/errors.ts';
import { positionAt } from '../../table/changes/change.ts';
import { createCheckpoints } from '../../table/changes/checkpoints.ts';
import { chosenOrganisation } from '../acting.ts';
import type { AddCommand } from '../command.ts';

interface Options {
  readonly consumer: string;
  readonly from: string;
  readonly organisation?: string;
}

const BEGINNING = 'beginning';

export const replay: AddCommand = (program, { withCore }) => {
  program
    .command('replay')
    .description('let a consumer of the change log have changes again, from any point that is still kept')
    .requiredOption('--consumer <name>', `one of ${CONSUMERS.join(', ')}`)
    .requiredOption('--from <time>', `a time (RFC 3339), or "${BEGINNING}" for the oldest change there is`)
    .option('--organisation <name>', 'its id or name; all of them unless said')
    .action(({ consumer, from, organisation }: Options) =>
      withCore(async (core) => {
        requireKnown(consumer);
        const position = positionFrom(from);
        const ids =
          organisation === undefined
            ? await allOrganisations(core)
            : [(await chosenOrganisation(core, { either: organisation })).id];
        const checkpoints = createCheckpoints(core.store, consumer);
        for (const id of ids) await checkpoints.reset(id, position);
        const text = `${consumer} starts again from ${from} in ${ids.length} organisation${ids.length === 1 ? '' : 's'}.`;
        return { text, data: { consumer, from, organisations: ids } };
      }),
    );
};

function requireKnown(consumer: string): void {
  if ((CONSUMERS as readonly string[]).includes(consumer)) return;
  const detail = `There is no consumer ${consumer}; there is ${CONSUMERS.join(', ')}.`;
  throw fail('invalid', 'unknown_consumer', detail);
}

function positionFrom(from: string): string | undefined {
  if (from === BEGINNING) return undefined;
  const ms = Date.parse(from);
  if (!Number.isNaN(ms)) return positionAt(ms);
  throw fail('invalid', 'invalid_time', `Must be a time as in RFC 3339 or "${BEGINNING}", not ${from}.`);
}
