import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DEFAULT_ORGANISATION } from '../../kernel/actor.ts';
import { chosenOrganisation } from '../acting.ts';
import type { AddCommand } from '../command.ts';
import { callOperation, formatOf } from '../operation.ts';

interface Options {
  readonly format?: string;
  readonly organisation: string;
}

export const exportEntities: AddCommand = (program, terminal) => {
  program
    .command('export')
    .description('write all entities of a type to a file that an import takes again')
    .argument('<type>', 'the entity type, such as bonds')
    .argument('<file>', 'NDJSON, JSON or CSV by its name')
    .option('--format <format>', 'ndjson, json or csv, whatever the name of the file')
    .option('--organisation <organisation>', 'id or name of the organisation', DEFAULT_ORGANISATION)
    .action(async (type: string, file: string, { format: named, organisation }: Options) => {
      const format = formatOf(named, file);
      await terminal.withCore(async (core) => {
        const { id } = await chosenOrganisation(core, { either: organisation });
        const { stream } = await callOperation(core, 'downloadEntities', id, {
          params: { type },
          query: { format },
        });
        await pipeline(Readable.from(stream!), createWriteStream(file));
        return { text: `${type} written to ${file}`, data: { type, file, format } };
      });
    });
};
