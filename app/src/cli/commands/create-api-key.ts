import { scopes as scopesSchema } from '../../domains/accounts/shapes.ts';
import { fail } from '../../kernel/errors.ts';
import { CLI } from '../acting.ts';
import type { AddCommand } from '../command.ts';

interface Options {
  readonly scope: readonly string[];
  readonly expires?: string;
}

export const createApiKey: AddCommand = (program, { withCore }) => {
  program
    .command('create-api-key')
    .description('make an API key for a user; it is printed this once')
    .argument('<email>', 'the user on whose behalf it is used')
    .argument('<name>', 'what it is for')
    .requiredOption('--scope <scope...>', 'what it may be used for at most, such as products:read or *:read')
    .option('--expires <when>', 'RFC 3339 date-time after which it no longer works; never unless given')
    .action((email: string, name: string, options: Options) =>
      withCore(async ({ accounts }) => {
        const user = await accounts.users.withEmail(email);
        if (!user) throw fail('invalid', 'unknown_user', `There is no user with the address ${email}.`);
        const { error } = scopesSchema.validate(options.scope);
        if (error) throw fail('invalid', 'invalid_scope', `A scope is written <resource>:<action>.`);
        const expires_at = expiryOf(options.expires);
        const input = { name, scopes: options.scope, expires_at };
        const { made, key } = await accounts.apiKeys.make(CLI, user.organisation, user.uuid, input);
        return { text: key, data: { ...made, key } };
      }),
    );
};

function expiryOf(given: string | undefined): string | null {
  if (given === undefined) return null;
  if (!Number.isNaN(Date.parse(given))) return new Date(given).toISOString();
  throw fail('invalid', 'invalid_date', 'Write --expires as a date-time such as 2027-01-01T00:00:00Z.');
}
