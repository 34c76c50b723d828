import { randomBytes } from 'node:crypto';
import { DEFAULT_ORGANISATION } from '../../kernel/actor.ts';
import { Failure } from '../../kernel/errors.ts';
import { ConditionFailed } from '../../table/failures.ts';
import type { Step } from '../../table/steps.ts';
import type { Item, Table } from '../../table/table.ts';
import { BY_ITSELF } from './audit/audit.ts';
import { FIRST_USER, usersOf } from './keys.ts';
import type { Users } from './users/service.ts';

export interface FirstUser {
  /** Whether nobody has ever been made here, as far as it can be told without looking everywhere. */
  isMissing(): Promise<boolean>;
  /** Makes the first administrator and answers the password; undefined if somebody else was faster. */
  make(): Promise<{ readonly email: string; readonly password: string } | undefined>;
  /** Takes notice that users are made by other means. */
  mark(): Promise<void>;
}

const EMAIL = 'admin@localhost';
const PASSWORD_BYTES = 18;
const MARK: Item = { ...FIRST_USER, kind: 'mark', schema: 1 };

export function createFirstUser(table: Table, users: Users): FirstUser {
  async function isMissing(): Promise<boolean> {
    if (await table.get(FIRST_USER)) return false;
    const { items } = await table.query({ pk: usersOf(DEFAULT_ORGANISATION), limit: 1 });
    return items.length === 0;
  }

  return {
    isMissing,
    async make() {
      const password = randomBytes(PASSWORD_BYTES).toString('base64url');
      const mark: Step = { action: { type: 'put', item: MARK, condition: { exists: false } } };
      const input = { email: EMAIL, password, role: 'admin', organisation: DEFAULT_ORGANISATION };
      try {
        await users.make(BY_ITSELF, input, () => [mark]);
        return { email: EMAIL, password };
      } catch (error) {
        if (error instanceof Failure && error.kind === 'conflict' && !(await isMissing())) return undefined;
        throw error;
      }
    },
    async mark() {
      try {
        await table.write([{ type: 'put', item: MARK, condition: { exists: false } }]);
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
      }
    },
  };
}
