import type { Actor, Author } from '../../../kernel/actor.ts';
import { fail } from '../../../kernel/errors.ts';
import { newUuid } from '../../../kernel/ids.ts';
import type { Page } from '../../../kernel/page.ts';
import type { Clock } from '../../../kernel/ports.ts';
import { createTurns } from '../../../kernel/turns.ts';
import { foldName } from '../../../schema/order.ts';
import type { Cursors } from '../../../table/cursor.ts';
import { under } from '../../../table/keys.ts';
import { commit, retryStale, type Step } from '../../../table/steps.ts';
import type { Item, Table } from '../../../table/table.ts';
import { requireMatch } from '../../preconditions.ts';
import { LIMITS } from '../account.ts';
import { type Audit, changesBetween } from '../audit/audit.ts';
import { groupKey, groupNameKey, groupOf, groupsOf, memberKey, userKey } from '../keys.ts';
import { nameTaken, requireShortName } from '../names.ts';
import { type StoredUser, fromItem as userFromItem } from '../users/model.ts';
import { leaveGroup } from '../users/removal.ts';
import { guarded } from '../users/service.ts';

export interface Group {
  readonly uuid: string;
  readonly name: string;
  readonly description: string;
  /** How many there are. */
  readonly members: number;
  readonly version: number;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface GroupsOptions {
  readonly table: Table;
  readonly clock: Clock;
  readonly cursors: Cursors;
  readonly audit: Audit;
}

interface Paging {
  readonly limit: number;
  readonly cursor?: string;
}

export type Groups = ReturnType<typeof createGroups>;

/** Members that one transaction takes out of a group. */
const BATCH = 25;
const RECORDED = ['name', 'description'];

/** Members come and go without a new version of the group, but what is shown counts them. */
export const groupTag = ({ version, members, uuid }: Group) => `"${version}.${members}-${uuid.slice(-12)}"`;

export function createGroups({ table, clock, cursors, audit }: GroupsOptions) {
  const takeTurn = createTurns();
  const timestamp = () => new Date(clock.now()).toISOString();

  async function get(organisation: string, uuid: string): Promise<Group> {
    const item = await table.get(groupKey(organisation, uuid));
    if (!item) throw unknownGroup(uuid);
    return fromItem(item);
  }

  async function page(pk: string, scope: readonly string[], { limit, cursor }: Paging, range = {}) {
    const after = cursor === undefined ? undefined : (cursors.open(scope, cursor) as string);
    const { items, next } = await table.query({ pk, ...range, after, limit });
    return { items, next: next === undefined ? null : cursors.seal(scope, next) };
  }

  async function list(organisation: string, paging: Paging): Promise<Page<Group>> {
    const { items, next } = await page(groupsOf(organisation), [organisation, 'groups'], paging);
    const found = await table.getMany(items.map(({ group }) => groupKey(organisation, String(group))));
    return { items: found.filter((item) => item !== undefined).map(fromItem), next };
  }

  async function members(organisation: string, uuid: string, paging: Paging): Promise<Page<StoredUser>> {
    await get(organisation, uuid);
    const scope = [organisation, 'members', uuid];
    const { items, next } = await page(groupOf(organisation, uuid), scope, paging, under('member'));
    const found = await table.getMany(items.map(({ user }) => userKey(organisation, String(user))));
    return { items: found.filter((item) => item !== undefined).map(userFromItem), next };
  }

  async function create(
    actor: Actor & Author,
    input: { name: string; description?: string },
    also: (made: Group) => Step[],
  ): Promise<Group> {
    const { organisation } = actor;
    requireShortName(input.name);
    const now = timestamp();
    const made: Group = {
      uuid: newUuid(clock.now()),
      name: input.name,
      description: input.description ?? '',
      members: 0,
      version: 1,
      created_at: now,
      updated_at: now,
    };
    const item = toItem(organisation, made);
    await commit(table, [
      { action: { type: 'put', item, condition: { exists: false } } },
      claimName(organisation, made),
      record(actor, 'group.create', undefined, made),
      ...also(made),
    ]);
    return made;
  }

  async function change(
    actor: Actor & Author,
    uuid: string,
    input: { name?: string; description?: string },
    ifMatch: string | undefined,
  ): Promise<Group> {
    const { organisation } = actor;
    return retryStale(async () => {
      const before = await get(organisation, uuid);
      requireMatch(ifMatch, groupTag(before));
      const after = { ...before, ...input, version: before.version + 1, updated_at: timestamp() };
      requireShortName(after.name);
      const { name, description, version, updated_at } = after;
      const steps: Step[] = [
        {
          action: {
            type: 'update', // and not put: members come and go meanwhile
            key: groupKey(organisation, uuid),
            set: { name, description, version, updated_at },
            condition: { equals: { version: before.version, members: before.members } },
          },
        },
      ];
      if (foldName(before.name) !== foldName(name)) {
        const key = groupNameKey(organisation, before.name);
        steps.push(claimName(organisation, after));
        steps.push({ action: { type: 'delete', key, condition: { equals: { group: uuid } } } });
      }
      await commit(table, [...steps, record(actor, 'group.change', before, after)]);
      return after;
    });
  }

  /** Members leave first, so many at a time; a removal that was cut short is gone on with by the next. */
  async function remove(actor: Actor & Author, uuid: string, ifMatch: string | undefined): Promise<void> {
    const { organisation } = actor;
    requireMatch(ifMatch, groupTag(await get(organisation, uuid)));
    return retryStale(async () => {
      for (;;) {
        const { items } = await members(organisation, uuid, { limit: BATCH });
        if (items.length === 0) break;
        await leave(actor, uuid, items);
      }
      const group = await get(organisation, uuid);
      const { version } = group;
      const condition = { equals: { version, members: 0 } };
      const name = groupNameKey(organisation, group.name);
      await commit(table, [
        { action: { type: 'delete', key: groupKey(organisation, uuid), condition } },
        { action: { type: 'delete', key: name, condition: { equals: { group: uuid } } } },
        record(actor, 'group.delete', group, undefined),
      ]);
    });
  }

  async function leave(actor: Actor & Author, uuid: string, users: readonly StoredUser[]): Promise<void> {
    const { organisation } = actor;
    const steps = users.flatMap((user) => [
      withGroups(
        user,
        user.groups.filter((group) => group !== uuid),
      ),
      leaveGroup(organisation, uuid, user.uuid)[0]!,
      recordMember(actor, 'group.remove_member', uuid, user.uuid),
    ]);
    const key = groupKey(organisation, uuid);
    const add = { members: -users.length };
    await commit(table, [
      ...steps,
      { action: { type: 'update', key, add, condition: { exists: true } }, otherwise: unknownGroup(uuid) },
    ]);
  }

  async function member(organisation: string, uuid: string, user: string): Promise<StoredUser> {
    const [group, item] = await table.getMany([groupKey(organisation, uuid), userKey(organisation, user)]);
    if (!group) throw unknownGroup(uuid);
    if (!item) throw fail('absent', 'not_found', `There is no user ${user}.`);
    return userFromItem(item);
  }

  /** Makes a user a member; who is one already stays one. */
  async function addMember(actor: Actor & Author, uuid: string, userUuid: string): Promise<void> {
    const { organisation } = actor;
    const join = async () => {
      const user = await member(organisation, uuid, userUuid);
      if (user.groups.includes(uuid)) return;
      if (user.groups.length >= LIMITS.groups) {
        throw fail('conflict', 'too_many_groups', `A user is in at most ${LIMITS.groups} groups.`);
      }
      const key = groupKey(organisation, uuid);
      const place = memberKey(organisation, uuid, userUuid);
      const item: Item = { ...place, kind: 'member', schema: 1, user: userUuid };
      await commit(table, [
        withGroups(user, [...user.groups, uuid]),
        { action: { type: 'put', item } },
        {
          action: { type: 'update', key, add: { members: 1 }, condition: { exists: true } },
          otherwise: unknownGroup(uuid),
        },
        recordMember(actor, 'group.add_member', uuid, userUuid),
      ]);
    };
    return takeTurn(uuid, () => retryStale(join));
  }

  async function removeMember(actor: Actor & Author, uuid: string, userUuid: string): Promise<void> {
    const part = async () => {
      const user = await member(actor.organisation, uuid, userUuid);
      if (user.groups.includes(uuid)) await leave(actor, uuid, [user]);
    };
    return takeTurn(uuid, () => retryStale(part));
  }

  /** A user's groups are part of what the user shows, so they change its version. */
  function withGroups(user: StoredUser, groups: readonly string[]): Step {
    return guarded({ ...user, groups, version: user.version + 1, updated_at: timestamp() }, user);
  }

  function record(by: Actor & Author, action: string, before?: Group, after?: Group): Step {
    const target = `group:${(after ?? before)?.uuid}`;
    const changes = changesBetween(before, after, RECORDED);
    return audit.step(by, { organisation: by.organisation, action, target, changes });
  }

  function recordMember(by: Actor & Author, action: string, group: string, user: string): Step {
    const changes = action === 'group.add_member' ? { member: { to: user } } : { member: { from: user } };
    return audit.step(by, { organisation: by.organisation, action, target: `group:${group}`, changes });
  }

  return { get, list, members, create, change, remove, addMember, removeMember };
}

function claimName(organisation: string, { name, uuid: group }: Group): Step {
  const item = { ...groupNameKey(organisation, name), kind: 'group-name', schema: 1, group };
  const condition = { anyOf: [{ exists: false }, { equals: { group } }] };
  return { action: { type: 'put', item, condition }, otherwise: nameTaken(name) };
}

function toItem(organisation: string, group: Group): Item {
  return { ...groupKey(organisation, group.uuid), kind: 'group', schema: 1, ...group };
}

function fromItem(item: Item): Group {
  const { uuid, name, description, members, version, created_at, updated_at } = item as unknown as Group;
  return { uuid, name, description, members, version, created_at, updated_at };
}

const unknownGroup = (uuid: string) => fail('absent', 'not_found', `There is no group ${uuid}.`);
