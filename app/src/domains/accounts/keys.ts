import { createHash } from 'node:crypto';
import { foldName } from '../../schema/order.ts';
import { key } from '../../table/keys.ts';
import type { Key } from '../../table/table.ts';

/**
 * Where accounts lie in the table. All that decides about a user's requests stands in one partition: the user, the
 * sessions and the API keys. So one look at the cache says whether what is remembered of them is current.
 */
export const userOf = (organisation: string, uuid: string) => key(organisation, 'user', uuid);
export const userKey = (organisation: string, uuid: string): Key => ({
  pk: userOf(organisation, uuid),
  sk: 'user',
});
export const sessionKey = (organisation: string, user: string, id: string): Key => ({
  pk: userOf(organisation, user),
  sk: key('session', id),
});
export const apiKeyKey = (organisation: string, user: string, id: string): Key => ({
  pk: userOf(organisation, user),
  sk: key('key', id),
});

/** The listing of users, by uuid. */
export const usersOf = (organisation: string) => key(organisation, 'users');

/** Who has an e-mail address, among the users of all organisations. */
export const emailKey = (email: string): Key => ({
  pk: key('accounts', 'email', foldName(email)),
  sk: 'email',
});

/** How many hold a role: for the last administrator, and for roles that cannot go while they are held. */
export const roleUseKey = (organisation: string, role: string): Key => ({
  pk: key(organisation, 'role-use'),
  sk: key(role),
});

export const rolesOf = (organisation: string) => key(organisation, 'roles');
export const roleKey = (organisation: string, name: string): Key => ({
  pk: rolesOf(organisation),
  sk: key(name),
});

/** A group and its members. */
export const groupOf = (organisation: string, uuid: string) => key(organisation, 'group', uuid);
export const groupKey = (organisation: string, uuid: string): Key => ({
  pk: groupOf(organisation, uuid),
  sk: 'group',
});
export const memberKey = (organisation: string, group: string, user: string): Key => ({
  pk: groupOf(organisation, group),
  sk: key('member', user),
});
/** The listing of groups, by folded name, so that twins collide. */
export const groupsOf = (organisation: string) => key(organisation, 'groups');
export const groupNameKey = (organisation: string, name: string): Key => ({
  pk: groupsOf(organisation),
  sk: key(foldName(name)),
});

export const ORGANISATIONS = key('accounts', 'organisations');
export const organisationKey = (id: string): Key => ({ pk: ORGANISATIONS, sk: key(id) });
export const organisationNameKey = (name: string): Key => ({
  pk: key('accounts', 'organisation-names'),
  sk: key(foldName(name)),
});

/** The listing of API keys, by id. */
export const apiKeysOf = (organisation: string) => key(organisation, 'keys');
/** Whose an API key is, which never changes, and when it was last used, which is not worth a fence. */
export const apiKeyOwnerKey = (id: string): Key => ({ pk: key('system', 'api-key', id), sk: 'owner' });

export const auditOf = (organisation: string, month: string) => key(organisation, 'audit', month);

/** Anybody may try any text as an e-mail address, so a digest of it makes the key. */
export const failuresKey = (email: string): Key => ({
  pk: key('system', 'login-failures', createHash('sha256').update(foldName(email)).digest('base64url')),
  sk: 'failures',
});

export const SIGNING_KEYS = key('system', 'signing-keys');
export const signingKeyKey = (number: number): Key => ({
  pk: SIGNING_KEYS,
  sk: key(String(number).padStart(6, '0')),
});

/** Says that there was a user once, so that no start makes the first one again. */
export const FIRST_USER: Key = { pk: key('system', 'accounts'), sk: 'first-user' };
