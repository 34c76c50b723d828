import { createHash } from 'node:crypto';
import { type Actor, type Author, ROLE_SCOPES, type Role } from '../../../kernel/actor.ts';
import type { PasswordHasher } from '../../../kernel/credentials.ts';
import { fail, invalid } from '../../../kernel/errors.ts';
import { retryStale } from '../../../table/steps.ts';
import { requireMatch } from '../../preconditions.ts';
import { type User, viewOf } from '../users/model.ts';
import { normalised, requireOtherThan, type Users } from '../users/service.ts';
import type { Sessions } from './service.ts';

/** The caller: what decides about its requests, and the user if it is one. */
export interface Me extends Partial<User> {
  readonly actor: string;
  readonly organisation: string;
  readonly role: string;
  readonly scopes: readonly string[];
  /** What an API key may be used for at most. */
  readonly within?: readonly string[];
}

export interface MeChange {
  readonly name?: string;
  readonly password?: string;
  readonly current_password?: string;
}

export type OwnAccount = ReturnType<typeof createOwnAccount>;

export const meTag = (me: Me): string =>
  `"${createHash('sha256').update(JSON.stringify(me)).digest('base64url').slice(0, 22)}"`;

/** What callers see and change of themselves. */
export function createOwnAccount(users: Users, sessions: Sessions, hasher: PasswordHasher) {
  async function get(actor: Actor): Promise<Me> {
    const { id, organisation, role, within, user } = actor;
    const scopes = actor.scopes ?? ROLE_SCOPES[role as Role] ?? [];
    const known = user === undefined ? {} : viewOf(await users.get(organisation, user));
    return { ...known, actor: id, organisation, role, scopes, ...(within && { within }) };
  }

  /** A new password needs the current one, and ends all other sessions. */
  async function change(actor: Actor & Author, input: MeChange, ifMatch: string | undefined): Promise<Me> {
    const { user, organisation, session } = actor;
    if (user === undefined || session === undefined) {
      throw fail('forbidden', 'session_required', 'Only users who have logged in may change their account.');
    }
    requireMatch(ifMatch, meTag(await get(actor)));
    if (input.password === undefined) {
      await retryStale(async () => {
        const account = await users.account(organisation, user);
        if (input.name !== undefined) await users.apply(actor, account, { name: input.name });
      });
      return get(actor);
    }
    const { email } = await users.get(organisation, user);
    const { name, password, current_password: current } = input;
    if (current === undefined) throw badCurrent('required', 'A new password needs the current one.');
    const wrong = badCurrent('wrong_password', 'This is not the current password.');
    requireOtherThan(email, password);
    const proof = { email, password: current, requestId: actor.requestId };
    await sessions.prove(proof, wrong, async (account) => {
      const hashed = await hasher.hash(normalised(password));
      const steps = await users.applySteps(actor, account, { name, password: hashed }, session);
      return { steps, result: undefined };
    });
    return get(actor);
  }

  return { get, change };
}

const badCurrent = (code: string, detail: string) =>
  invalid([{ pointer: '/current_password', code, detail }]);
