import { CLI } from '../acting.ts';
import type { AddCommand } from '../command.ts';

export const createOrganisation: AddCommand = (program, { withCore }) => {
  program
    .command('create-organisation')
    .description('make an organisation and print its id; one that exists already is left as it is')
    .argument('<name>', 'its name, unique however it is written')
    .action((name: string) =>
      withCore(async ({ accounts: { organisations } }) => {
        const found = await organisations.named(name);
        if (found) {
          const text = `The organisation ${found.name} exists already: ${found.id}`;
          return { text, data: { ...found, created: false } };
        }
        const made = await organisations.create(CLI, name);
        return { text: made.id, data: { ...made, created: true } };
      }),
    );
};
