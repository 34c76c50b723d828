import type { Migration } from './migration.ts';

/**
 * All migrations, oldest first. What is released stays as it is; what comes later is added at the end. Items carry
 * their schema version, so most changes need none: readers take what both releases write.
 */
export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    name: 'the default organisation',
    up: ({ accounts }) => accounts.organisations.ensureDefault(),
  },
  {
    version: 2,
    name: 'a key that signs access tokens',
    up: ({ accounts }) => accounts.signingKeys.start(),
  },
];
