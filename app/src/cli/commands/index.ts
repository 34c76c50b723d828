import type { AddCommand } from '../command.ts';
import { createApiKey } from './create-api-key.ts';
import { createOrganisation } from './create-organisation.ts';
import { createUser } from './create-user.ts';
import { exportEntities } from './export.ts';
import { generateBonds } from './generate-bonds.ts';
import { importEntities } from './import.ts';
import { migrate } from './migrate.ts';
import { replay } from './replay.ts';
import { rotateSigningKey } from './rotate-signing-key.ts';

/** All commands, in the order of the help. A new one is a file beside these and a line here. */
export const COMMANDS: readonly AddCommand[] = [
  createOrganisation,
  createUser,
  createApiKey,
  rotateSigningKey,
  generateBonds,
  importEntities,
  exportEntities,
  replay,
  migrate,
];
