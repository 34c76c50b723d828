import { randomBytes } from 'node:crypto';
import type { PasswordHasher } from '../../../kernel/credentials.ts';
import { type Failure, fail } from '../../../kernel/errors.ts';
import { newUuid } from '../../../kernel/ids.ts';
import type { Clock } from '../../../kernel/ports.ts';
import { createTurns } from '../../../kernel/turns.ts';
import { commit, retryStale, type Step } from '../../../table/steps.ts';
import type { Table } from '../../../table/table.ts';
import { type Account, LIMITS, readAccount } from '../account.ts';
import { type Audit, SYSTEM } from '../audit/audit.ts';
import { emailKey, failuresKey, sessionKey, userKey } from '../keys.ts';
import type { AccessTokens } from '../tokens/access-tokens.ts';
import { normalised } from '../users/service.ts';
import { type Failures, failureStep, failuresOf, successStep } from './failures.ts';
import { fromItem, type Session, toItem } from './model.ts';
import { digestOf, isSameDigest, type RefreshToken, type RefreshTokens } from './refresh-token.ts';

export interface SessionsOptions {
  readonly table: Table;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly hasher: PasswordHasher;
  readonly accessTokens: AccessTokens;
  readonly refreshTokens: RefreshTokens;
  /** How long a session lasts after its last use. */
  readonly sessionDays: number;
}

/** What a log-in and a refresh answer (RFC 6749 5.1). */
export interface TokenPair {
  readonly access_token: string;
  readonly token_type: 'Bearer';
  readonly expires_in: number;
  readonly refresh_token: string;
}

/** What somebody says who wants to be taken for a user, and the request in which they do. */
export interface Proof {
  readonly email: string;
  readonly password: string;
  readonly requestId: string | undefined;
}

export type Sessions = ReturnType<typeof createSessions>;

/** How long a client may repeat a refresh whose answer it did not get, and be given the same answer. */
const GRACE_MS = 30_000;
const DAY_SECONDS = 86_400;
/** No address is longer; what is, was never meant to be one. */
const MAX_EMAIL = 254;

export function createSessions(options: SessionsOptions) {
  const { table, clock, audit, hasher, accessTokens, refreshTokens, sessionDays } = options;
  const takeTurn = createTurns();
  const expiry = () => Math.ceil(clock.now() / 1000) + sessionDays * DAY_SECONDS;

  async function pair(session: Session, secret: Buffer): Promise<TokenPair> {
    const { organisation, user, id, generation } = session;
    const { token, seconds } = await accessTokens.make({ organisation, user, session: id });
    return {
      access_token: token,
      token_type: 'Bearer',
      expires_in: seconds,
      refresh_token: refreshTokens.encode({ organisation, user, session: id, generation, secret }),
    };
  }

  async function accountOf(email: string): Promise<Account | undefined> {
    const owner = email.length > MAX_EMAIL ? undefined : await table.get(emailKey(email));
    return owner && readAccount(table, String(owner.organisation), String(owner.user));
  }

  /**
   * Does what only the owner of the password may do. Whoever is not there, or is shut out, costs the same hash and is
   * told the same. `steps` are written in the transaction that forgets earlier failures; a guess that was under way
   * when the address was locked learns nothing.
   */
  async function prove<T>(
    { email, password, requestId }: Proof,
    wrong: Failure,
    steps: (account: Account) => Promise<{ steps: Step[]; result: T }>,
  ): Promise<T> {
    const first = await failuresOf(table, clock, email);
    const found = await accountOf(email);
    const tried = found && !found.user.disabled ? found.user.password : hasher.decoy();
    const isRight = await hasher.verify(normalised(password), tried);
    let known: Failures | undefined = first;
    const conclude = async () => {
      const failures = known ?? (await failuresOf(table, clock, email));
      known = undefined;
      const account = found && (await readAccount(table, found.user.organisation, found.user.uuid));
      // The hash that was tried must still be the user's: the password may have been changed meanwhile.
      if (!isRight || !account || account.user.disabled || account.user.password !== tried) {
        await countFailure(failures, account, requestId);
        throw wrong;
      }
      const { steps: own, result } = await steps(account);
      await commit(table, [...own, successStep(failures)]);
      return result;
    };
    return takeTurn(failuresKey(email).pk, () => retryStale(conclude));
  }

  async function countFailure(
    failures: Failures,
    account: Account | undefined,
    requestId: string | undefined,
  ): Promise<void> {
    const { step, isLock } = failureStep(clock, failures);
    const steps = [step];
    if (isLock && account) {
      const { organisation, uuid } = account.user;
      const entry = { organisation, action: 'user.lock', target: `user:${uuid}` };
      steps.push(audit.step({ id: SYSTEM, requestId }, entry));
    }
    await commit(table, steps);
  }

  /** Begins a session. The password's hash is made anew where it was made with other parameters than today's. */
  async function logIn(proof: Proof): Promise<TokenPair> {
    const secret = refreshTokens.first();
    const session = await prove(proof, wrongCredentials(), async (account) => {
      const { user } = account;
      const made = newSession(user.organisation, user.uuid, secret);
      const isOutdated = hasher.isOutdated(user.password);
      const key = userKey(user.organisation, user.uuid);
      const condition = { equals: { version: user.version, password: user.password } };
      const guard: Step = isOutdated
        ? {
            action: {
              type: 'update',
              key,
              set: { password: await hasher.hash(normalised(proof.password)) },
              condition,
            },
          }
        : { action: { type: 'check', key, condition } };
      const begin: Step = { action: { type: 'put', item: toItem(made), condition: { exists: false } } };
      return { steps: [guard, begin, ...surplus(account)], result: made };
    });
    return pair(session, secret);
  }

  function newSession(organisation: string, user: string, secret: Buffer): Session {
    const now = clock.now();
    return {
      id: newUuid(now),
      user,
      organisation,
      generation: 1,
      hash: digestOf(secret),
      previous: null,
      salt: null,
      rotated_at: now,
      created_at: new Date(now).toISOString(),
      expires_at: expiry(),
    };
  }

  /** Too many sessions: those that were not used for the longest end. */
  function surplus({ sessions }: Account): Step[] {
    const oldest = [...sessions].sort((a, b) => a.rotated_at - b.rotated_at);
    return oldest.slice(0, Math.max(0, sessions.length + 1 - LIMITS.sessions)).map(end);
  }

  /**
   * A new pair for a refresh token, which is then used up. Whoever brings a token that was used up earlier has it
   * from somewhere else: the session ends, for the thief as for the owner.
   */
  async function refresh(text: string, requestId: string | undefined): Promise<TokenPair> {
    const token = refreshTokens.decode(text);
    if (!token) throw invalidToken();
    return retryStale(async () => {
      const item = await table.get(sessionKey(token.organisation, token.user, token.session));
      if (!item) throw invalidToken();
      const session = fromItem(item);
      const digest = digestOf(token.secret);
      if (token.generation === session.generation && isSameDigest(digest, session.hash)) {
        return rotate(session, token);
      }
      if (isRepeat(session, token, digest)) {
        return pair(session, refreshTokens.next(token.secret, session.salt ?? ''));
      }
      const { id, organisation, user } = session;
      const target = `user:${user}`;
      const changes = { session: { from: id } };
      const entry = { organisation, action: 'session.reuse', target, changes };
      const record = audit.step({ id: SYSTEM, requestId }, entry);
      await commit(table, [end(session), record]);
      throw invalidToken();
    });
  }

  /** The answer to the same request got lost a moment ago, or two windows of one client asked at the same time. */
  const isRepeat = (session: Session, token: RefreshToken, digest: string) =>
    token.generation === session.generation - 1 &&
    session.previous !== null &&
    isSameDigest(digest, session.previous) &&
    clock.now() - session.rotated_at <= GRACE_MS;

  async function rotate(session: Session, token: RefreshToken): Promise<TokenPair> {
    const salt = randomBytes(16).toString('base64url');
    const secret = refreshTokens.next(token.secret, salt);
    const after: Session = {
      ...session,
      generation: session.generation + 1,
      hash: digestOf(secret),
      previous: session.hash,
      salt,
      rotated_at: clock.now(),
      expires_at: expiry(),
    };
    const condition = { equals: { generation: session.generation } };
    await commit(table, [{ action: { type: 'put', item: toItem(after), condition } }]);
    return pair(after, secret);
  }

  /** Ends a session at once: its tokens open nothing any more, on any instance. */
  async function logOut(organisation: string, user: string, id: string): Promise<void> {
    await commit(table, [{ action: { type: 'delete', key: sessionKey(organisation, user, id) } }]);
  }

  return { prove, logIn, refresh, logOut };
}

const end = ({ organisation, user, id }: Session): Step => ({
  action: { type: 'delete', key: sessionKey(organisation, user, id) },
});

const wrongCredentials = () =>
  fail('unauthenticated', 'invalid_credentials', 'There is no such user with this password.');

const invalidToken = () =>
  fail('unauthenticated', 'invalid_token', 'This refresh token is not, or no longer, good for anything.');
