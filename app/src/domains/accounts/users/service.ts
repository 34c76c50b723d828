import type { Actor, Author } from '../../../kernel/actor.ts';
import type { PasswordHasher } from '../../../kernel/credentials.ts';
import { fail, invalid } from '../../../kernel/errors.ts';
import { newUuid } from '../../../kernel/ids.ts';
import type { Page } from '../../../kernel/page.ts';
import type { Clock } from '../../../kernel/ports.ts';
import { foldName } from '../../../schema/order.ts';
import type { Cursors } from '../../../table/cursor.ts';
import { commit, retryStale, type Step } from '../../../table/steps.ts';
import type { Table } from '../../../table/table.ts';
import { requireMatch } from '../../preconditions.ts';
import { type Account, readAccount } from '../account.ts';
import { type Audit, changesBetween, type Entry } from '../audit/audit.ts';
import { managesOrganisations, requireHeld } from '../grants.ts';
import { emailKey, sessionKey, userKey, usersOf } from '../keys.ts';
import { nameTaken, requireShortName } from '../names.ts';
import type { Organisations } from '../organisations/service.ts';
import type { Roles } from '../roles/service.ts';
import { etagOf, fromItem, type StoredUser, toItem, type User } from './model.ts';
import { leavingSteps } from './removal.ts';
import { roleUseSteps, unknownRole } from './role-use.ts';

export interface NewUser {
  readonly email: string;
  readonly password: string;
  readonly name?: string | undefined;
  readonly role: string;
  readonly organisation: string;
}

export interface UserChange {
  readonly email?: string;
  readonly password?: string;
  readonly name?: string;
  readonly role?: string;
  readonly disabled?: boolean;
}

export interface UsersOptions {
  readonly table: Table;
  readonly clock: Clock;
  readonly cursors: Cursors;
  readonly audit: Audit;
  readonly hasher: PasswordHasher;
  readonly roles: Roles;
  readonly organisations: Organisations;
}

export type Users = ReturnType<typeof createUsers>;

const RECORDED = ['email', 'name', 'role', 'disabled', 'groups', 'organisation'];

/** A password is the same however the keyboard composes its letters. */
export const normalised = (password: string) => password.normalize('NFKC');

export function createUsers(options: UsersOptions) {
  const { table, clock, cursors, audit, hasher, roles, organisations } = options;
  const timestamp = () => new Date(clock.now()).toISOString();

  async function account(organisation: string, uuid: string): Promise<Account> {
    const found = await readAccount(table, organisation, uuid);
    if (!found) throw unknownUser(uuid);
    return found;
  }

  async function get(organisation: string, uuid: string): Promise<User> {
    const item = await table.get(userKey(organisation, uuid));
    if (!item) throw unknownUser(uuid);
    return fromItem(item);
  }

  /** The user who has this address, in whichever organisation. */
  async function withEmail(email: string): Promise<StoredUser | undefined> {
    const owner = await table.get(emailKey(email));
    const item = owner && (await table.get(userKey(String(owner.organisation), String(owner.user))));
    return item && fromItem(item);
  }

  async function list(
    organisation: string,
    { limit, cursor, email }: { limit: number; cursor?: string; email?: string },
  ): Promise<Page<User>> {
    if (email !== undefined) {
      const user = await withEmail(email);
      return { items: user?.organisation === organisation ? [user] : [], next: null };
    }
    const scope = [organisation, 'users'];
    const after = cursor === undefined ? undefined : (cursors.open(scope, cursor) as string);
    const page = await table.query({ pk: usersOf(organisation), after, limit });
    const found = await table.getMany(page.items.map(({ user }) => userKey(organisation, String(user))));
    const items = found.filter((item) => item !== undefined).map(fromItem);
    return { items, next: page.next === undefined ? null : cursors.seal(scope, page.next) };
  }

  /**
   * Makes a user, whoever asks for it; without an id it is the user who signs up. The role must exist; the organisation
   * is taken on trust.
   */
  async function make(
    by: Pick<Author, 'requestId'> & Partial<Pick<Author, 'id'>>,
    input: NewUser,
    also: (made: User) => Step[] = () => [],
  ): Promise<User> {
    const { email, organisation, role } = input;
    requireShortName(email, '/email');
    requireOtherThan(email, input.password);
    if (await table.get(emailKey(email))) throw emailTaken(email); // before anything dear is done
    const password = await hasher.hash(normalised(input.password));
    const now = timestamp();
    const user: StoredUser = {
      uuid: newUuid(clock.now()),
      email,
      name: input.name ?? '',
      role,
      groups: [],
      disabled: false,
      organisation,
      version: 1,
      created_at: now,
      updated_at: now,
      password,
    };
    const { id = `user:${user.uuid}`, requestId } = by;
    const action = by.id === undefined ? 'user.sign_up' : 'user.create';
    await commit(table, [
      { action: { type: 'put', item: toItem(user), condition: { exists: false } } },
      listed(user),
      claimEmail(user),
      ...(await roleUseSteps(table, organisation, undefined, user)),
      record({ id, requestId }, action, undefined, user),
      ...also(user),
    ]);
    return user;
  }

  async function create(
    actor: Actor & Author,
    input: Omit<NewUser, 'organisation'> & { readonly organisation?: string },
    also: (made: User) => Step[],
  ): Promise<User> {
    const { organisation = actor.organisation } = input;
    if (organisation !== actor.organisation) await requireOrganisation(actor, organisation);
    await requireRole(actor, organisation, input.role);
    return make(actor, { ...input, organisation }, also);
  }

  /** To those who look after their own, every other organisation is as good as none. */
  async function requireOrganisation(actor: Actor, id: string): Promise<void> {
    if (managesOrganisations(actor) && (await organisations.find(id))) return;
    const detail = `There is no organisation ${id}.`;
    throw invalid([{ pointer: '/organisation', code: 'unknown_organisation', detail }]);
  }

  async function requireRole(actor: Actor, organisation: string, name: string): Promise<void> {
    const role = await roles.find(organisation, name);
    if (!role) throw unknownRole(name);
    requireHeld(actor, role.scopes);
  }

  /** Changes a user of the caller's organisation, unless that user may do more than the caller. */
  async function change(
    actor: Actor & Author,
    uuid: string,
    input: UserChange,
    ifMatch: string | undefined,
  ): Promise<User> {
    const password = input.password === undefined ? undefined : await hasher.hash(normalised(input.password));
    return retryStale(async () => {
      const before = await manageable(actor, uuid, ifMatch);
      if (input.role !== undefined) await requireRole(actor, actor.organisation, input.role);
      if (input.email !== undefined) requireShortName(input.email, '/email');
      requireOtherThan(input.email ?? before.user.email, input.password);
      return apply(actor, before, { ...input, password });
    });
  }

  async function manageable(actor: Actor, uuid: string, ifMatch: string | undefined): Promise<Account> {
    const found = await account(actor.organisation, uuid);
    requireMatch(ifMatch, etagOf(found.user));
    const role = await roles.find(actor.organisation, found.user.role);
    requireHeld(actor, role?.scopes ?? []);
    return found;
  }

  /** Writes a change of a user who was read before. */
  async function apply(by: Author, account: Account, change: UserChange): Promise<User> {
    const { steps, after } = await planned(by, account, change);
    await commit(table, steps);
    return after;
  }

  /** The steps of a change that comes with others. */
  async function applySteps(by: Author, account: Account, change: UserChange, keep: string): Promise<Step[]> {
    return (await planned(by, account, change, keep)).steps;
  }

  /**
   * `password` is a hash already. A new password, or a user who is shut out, ends the sessions, except the one in
   * which the user asks for it.
   */
  async function planned(by: Author, { user, sessions }: Account, change: UserChange, keep?: string) {
    const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
    const after: StoredUser = { ...user, ...given, version: user.version + 1, updated_at: timestamp() };
    const isEnd = change.password !== undefined || (after.disabled && !user.disabled);
    const ended = isEnd ? sessions.filter(({ id }) => id !== keep) : [];
    const steps = [
      guarded(after, user),
      ...(await roleUseSteps(table, user.organisation, user, after)),
      ...emailSteps(user, after),
      ...ended.map(endSession),
      record(by, change.password === undefined ? 'user.change' : 'user.change_password', user, after),
    ];
    return { steps, after };
  }

  async function remove(actor: Actor & Author, uuid: string, ifMatch: string | undefined): Promise<void> {
    return retryStale(async () => {
      const found = await manageable(actor, uuid, ifMatch);
      await commit(table, [
        ...leavingSteps(found),
        ...(await roleUseSteps(table, actor.organisation, found.user, undefined)),
        record(actor, 'user.delete', found.user, undefined),
      ]);
    });
  }

  function record(by: Author, action: string, before?: User, after?: User): Step {
    const { uuid, organisation } = (after ?? before)!;
    const changes = changesBetween(before, after, RECORDED);
    const entry: Entry = { organisation, action, target: `user:${uuid}`, changes };
    return audit.step(by, entry);
  }

  return { account, get, withEmail, list, make, create, change, apply, applySteps, remove };
}

const endSession = ({ organisation, user, id }: Account['sessions'][number]): Step => ({
  action: { type: 'delete', key: sessionKey(organisation, user, id) },
});

/** The step that writes a user who was read before. */
export function guarded(after: StoredUser, before: User): Step {
  const condition = { equals: { version: before.version } };
  return { action: { type: 'put', item: toItem(after), condition } };
}

function listed({ organisation, uuid: user }: User): Step {
  const item = { pk: usersOf(organisation), sk: user, kind: 'user-listing', schema: 1, user };
  return { action: { type: 'put', item, condition: { exists: false } } };
}

/** An address has one user, whatever the organisation and however it is written. */
function claimEmail({ email, organisation, uuid: user }: User): Step {
  const item = { ...emailKey(email), kind: 'email', schema: 1, organisation, user };
  const condition = { anyOf: [{ exists: false }, { equals: { user } }] };
  return { action: { type: 'put', item, condition }, otherwise: emailTaken(email) };
}

function emailSteps(before: User, after: User): Step[] {
  if (foldName(before.email) === foldName(after.email)) return [];
  const condition = { equals: { user: before.uuid } };
  return [claimEmail(after), { action: { type: 'delete', key: emailKey(before.email), condition } }];
}

/** Throws 422 for a password that everybody knows who knows the user. */
export function requireOtherThan(email: string, password: string | undefined): void {
  if (password === undefined || foldName(password) !== foldName(email)) return;
  const detail = 'The password must not be the e-mail address.';
  throw invalid([{ pointer: '/password', code: 'weak_password', detail }]);
}

const emailTaken = (email: string) => nameTaken(email, '/email');
const unknownUser = (uuid: string) => fail('absent', 'not_found', `There is no user ${uuid}.`);
