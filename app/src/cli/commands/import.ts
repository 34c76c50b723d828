import { createReadStream } from 'node:fs';
import { DEFAULT_ORGANISATION } from '../../kernel/actor.ts';
import { chosenOrganisation } from '../acting.ts';
import type { AddCommand } from '../command.ts';
import { callOperation, formatOf, mediaTypeOf } from '../operation.ts';

interface Options {
  readonly format?: string;
  readonly organisation: string;
  readonly atomic: boolean;
}

interface Report {
  readonly created: number;
  readonly updated: number;
  readonly failed: number;
  readonly errors: readonly { readonly line: number; readonly code: string; readonly detail: string }[];
}

export const importEntities: AddCommand = (program, terminal) => {
  program
    .command('import')
    .description('write the entities of a file, as an upload does; exits with 1 if any row failed')
    .argument('<type>', 'the entity type, such as bonds')
    .argument('<file>', 'NDJSON, JSON or CSV by its name; - reads standard input')
    .option('--format <format>', 'ndjson, json or csv, whatever the name of the file')
    .option('--organisation <organisation>', 'id or name of the organisation', DEFAULT_ORGANISATION)
    .option('--atomic', 'all rows or none, for as many as one transaction holds', false)
    .action(async (type: string, file: string, { format, organisation, atomic }: Options) => {
      const mediaType = mediaTypeOf(formatOf(format, file));
      await terminal.withCore(async (core) => {
        const { id } = await chosenOrganisation(core, { either: organisation });
        const stream: AsyncIterable<Uint8Array> = file === '-' ? process.stdin : createReadStream(file);
        const call = { params: { type }, query: { atomic }, mediaType, stream };
        const { body } = await callOperation(core, 'uploadEntities', id, call);
        const report = body as Report;
        if (report.failed > 0) process.exitCode = 1;
        return { text: textOf(report), data: report };
      });
    });
};

function textOf({ created, updated, failed, errors }: Report): string {
  const lines = errors.map(({ line, code, detail }) => `  line ${line}: ${code}: ${detail}`);
  return [`${created} created, ${updated} updated, ${failed} failed`, ...lines].join('\n');
}
