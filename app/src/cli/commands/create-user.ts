import type { Core } from '../../compose-core.ts';
import { newEmail, newPassword } from '../../domains/accounts/shapes.ts';
import { viewOf } from '../../domains/accounts/users/model.ts';
import { fail } from '../../kernel/errors.ts';
import { CLI, chosenOrganisation } from '../acting.ts';
import type { AddCommand, Terminal } from '../command.ts';

interface Options {
  readonly orgId?: string;
  readonly orgName?: string;
  readonly role?: string;
  readonly name?: string;
}

const EXAMPLES = `
Examples:
  cadastre create-user ada@example.org - default admin < password.txt
  cadastre create-user ada@example.org --org-name Acme --role editor < password.txt`;

export const createUser: AddCommand = (program, terminal) => {
  program
    .command('create-user')
    .description('make a user who can log in; the way to the first administrator')
    .argument('<email>', 'unique among all users')
    .argument('[password]', '12 to 200 characters; - or nothing reads it from standard input')
    .argument('[organisation]', 'id or name of the organisation')
    .argument('[role]', 'admin, editor, reader, none, or a role that the organisation defined')
    .option('--org-id <id>', 'the organisation by its id')
    .option('--org-name <name>', 'the organisation by its name')
    .option('--role <role>', 'the role')
    .option('--name <name>', 'how the user is called')
    .addHelpText('after', EXAMPLES)
    .action(async (email, password, organisation, role, options: Options) => {
      const typed = await passwordOf(password, terminal);
      await terminal.withCore(async (core) => {
        const { accounts } = core;
        const choice = { either: organisation, id: options.orgId, name: options.orgName };
        const { id } = await chosenOrganisation(core, choice);
        const input = {
          email: checked('email', newEmail, email),
          password: checked('password', newPassword, typed),
          name: options.name,
          role: await roleOf(core, id, role, options.role),
          organisation: id,
        };
        await accounts.firstUser.mark();
        const user = await accounts.users.make(CLI, input);
        return { text: user.uuid, data: viewOf(user) };
      });
    });
};

async function passwordOf(given: string | undefined, terminal: Terminal): Promise<string> {
  return given === undefined || given === '-' ? terminal.readInput() : given;
}

async function roleOf(
  { accounts }: Core,
  organisation: string,
  ...given: (string | undefined)[]
): Promise<string> {
  const [role, ...more] = given.filter((one) => one !== undefined);
  if (role === undefined || more.length > 0) {
    throw fail('invalid', 'one_role', 'Name exactly one role: as the fourth argument or by --role.');
  }
  if (await accounts.roles.find(organisation, role)) return role;
  const { items } = await accounts.roles.list(organisation, { limit: 1000 });
  const names = items.map(({ name }) => name).join(', ');
  throw fail('invalid', 'unknown_role', `There is no role ${role}; there are ${names}.`);
}

interface Checks {
  validate(value: unknown): { readonly error?: { readonly message: string } | undefined };
}

/** The same rules as those of the API. The message never holds the value. */
function checked(name: string, schema: Checks, value: string): string {
  const { error } = schema.validate(value);
  if (!error) return value;
  throw fail('invalid', `invalid_${name}`, `${error.message.replace(/^"value"/, `The ${name}`)}.`);
}
