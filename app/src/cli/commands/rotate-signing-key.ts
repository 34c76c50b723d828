import type { AddCommand } from '../command.ts';

export const rotateSigningKey: AddCommand = (program, { withCore }) => {
  program
    .command('rotate-signing-key')
    .description('make a new key for access tokens; nobody has to log in again')
    .option(
      '--at-once',
      'it signs now, and tokens of all other keys are refused: for a key that got out',
      false,
    )
    .action(({ atOnce }: { atOnce: boolean }) =>
      withCore(async ({ accounts }) => {
        const kid = await accounts.signingKeys.rotate({ atOnce });
        return { text: kid, data: { kid, at_once: atOnce } };
      }),
    );
};
