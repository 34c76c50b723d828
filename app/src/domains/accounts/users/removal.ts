import type { Step } from '../../../table/steps.ts';
import type { Key } from '../../../table/table.ts';
import type { Account } from '../account.ts';
import { removalSteps } from '../api-keys/removal.ts';
import { emailKey, groupKey, memberKey, userKey, usersOf } from '../keys.ts';

const gone = (key: Key): Step => ({ action: { type: 'delete', key } });

/**
 * The steps that remove a user from everywhere. Sessions may stay until they expire: without the user they open
 * nothing, and with them the transaction could get too large.
 */
export function leavingSteps({ user, keys }: Account): Step[] {
  const { organisation, uuid, groups, email, version } = user;
  const key = userKey(organisation, uuid);
  return [
    { action: { type: 'delete', key, condition: { equals: { version } } } },
    gone({ pk: usersOf(organisation), sk: uuid }),
    { action: { type: 'delete', key: emailKey(email), condition: { equals: { user: uuid } } } },
    ...groups.flatMap((group) => leaveGroup(organisation, group, uuid)),
    ...keys.flatMap(removalSteps),
  ];
}

/** The steps that take a member out of a group; the user's own list of groups is another one. */
export function leaveGroup(organisation: string, group: string, user: string): Step[] {
  const key = groupKey(organisation, group);
  return [
    gone(memberKey(organisation, group, user)),
    { action: { type: 'update', key, add: { members: -1 }, condition: { exists: true } } },
  ];
}
