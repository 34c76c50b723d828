import { type Actor, type Author, ROLE_SCOPES } from '../../../kernel/actor.ts';
import { fail } from '../../../kernel/errors.ts';
import type { Page } from '../../../kernel/page.ts';
import type { Clock } from '../../../kernel/ports.ts';
import type { Cursors } from '../../../table/cursor.ts';
import type { MakeMemo } from '../../../table/memo.ts';
import { commit, retryStale, type Step } from '../../../table/steps.ts';
import type { Item, Table } from '../../../table/table.ts';
import { requireMatch } from '../../preconditions.ts';
import { type Audit, changesBetween } from '../audit/audit.ts';
import { boundedMemo } from '../bounded-memo.ts';
import { type Resources, requireHeld, requireKnown } from '../grants.ts';
import { roleKey, rolesOf, roleUseKey } from '../keys.ts';
import { nameTaken } from '../names.ts';
import { isBuiltIn } from '../users/role-use.ts';

export interface Role {
  readonly name: string;
  readonly description: string;
  readonly scopes: readonly string[];
  readonly built_in: boolean;
  readonly version: number;
  readonly created_at?: string;
  readonly updated_at?: string;
}

export interface RoleInput {
  readonly name: string;
  readonly description?: string;
  readonly scopes: readonly string[];
}

export interface RolesOptions {
  readonly table: Table;
  readonly clock: Clock;
  readonly cursors: Cursors;
  readonly makeMemo: MakeMemo;
  readonly audit: Audit;
  readonly resources: Resources;
}

export type Roles = ReturnType<typeof createRoles>;

const MAX_ROLES = 100;
const MAX_REMEMBERED = 10_000;
const RECORDED = ['name', 'description', 'scopes'];

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  admin: 'May do everything, and manages the accounts of the organisation.',
  editor: 'Reads and writes records.',
  reader: 'Reads records.',
  none: 'May do nothing but look after their own account.',
};

const BUILT_IN: readonly Role[] = Object.entries(ROLE_SCOPES).map(([name, scopes]) => ({
  name,
  description: DESCRIPTIONS[name] ?? '',
  scopes,
  built_in: true,
  version: 1,
}));

export const roleTag = ({ name, version, created_at = '' }: Role) =>
  `"${version}-${name}-${Date.parse(created_at) || 0}"`;

export function createRoles({ table, clock, cursors, makeMemo, audit, resources }: RolesOptions) {
  const memo = boundedMemo<ReadonlyMap<string, Role>>(makeMemo, MAX_REMEMBERED);
  const timestamp = () => new Date(clock.now()).toISOString();

  async function defined(organisation: string): Promise<Role[]> {
    const { items } = await table.query({ pk: rolesOf(organisation), limit: MAX_ROLES * 2 });
    return items.map(fromItem);
  }

  async function find(organisation: string, name: string): Promise<Role | undefined> {
    const builtIn = BUILT_IN.find((role) => role.name === name);
    if (builtIn) return builtIn;
    const item = await table.get(roleKey(organisation, name));
    return item && fromItem(item);
  }

  async function get(organisation: string, name: string): Promise<Role> {
    const role = await find(organisation, name);
    if (!role) throw fail('absent', 'not_found', `There is no role ${name}.`);
    return role;
  }

  /** What a role allows, from memory, as current as the memo is; undefined for a built-in one, which the kernel knows. */
  function currentScopes(organisation: string, name: string): undefined | Promise<readonly string[]> {
    if (isBuiltIn(name)) return undefined;
    const load = async () => new Map((await defined(organisation)).map((role) => [role.name, role]));
    return memo
      .recall(rolesOf(organisation), organisation, load)
      .then((roles) => roles.get(name)?.scopes ?? []);
  }

  async function list(
    organisation: string,
    { limit, cursor }: { limit: number; cursor?: string },
  ): Promise<Page<Role>> {
    const scope = [organisation, 'roles'];
    const start = cursor === undefined ? 0 : (cursors.open(scope, cursor) as number);
    const all = [...BUILT_IN, ...(await defined(organisation))];
    const end = start + limit;
    return { items: all.slice(start, end), next: end < all.length ? cursors.seal(scope, end) : null };
  }

  function check(actor: Actor, scopes: readonly string[]): void {
    requireKnown(scopes, resources);
    requireHeld(actor, scopes);
  }

  async function create(
    actor: Actor & Author,
    input: RoleInput,
    also: (made: Role) => Step[],
  ): Promise<Role> {
    const { organisation } = actor;
    check(actor, input.scopes);
    if (isBuiltIn(input.name)) throw nameTaken(input.name);
    if ((await defined(organisation)).length >= MAX_ROLES) {
      throw fail('conflict', 'too_many_roles', `An organisation defines at most ${MAX_ROLES} roles.`);
    }
    const now = timestamp();
    const made: Role = {
      name: input.name,
      description: input.description ?? '',
      scopes: input.scopes,
      built_in: false,
      version: 1,
      created_at: now,
      updated_at: now,
    };
    const use = { ...roleUseKey(organisation, made.name), kind: 'role-use', schema: 1, count: 0 };
    await commit(table, [
      { ...putRole(organisation, made, { exists: false }), otherwise: nameTaken(made.name) },
      { action: { type: 'put', item: use, condition: { exists: false } }, otherwise: nameTaken(made.name) },
      record(actor, 'role.create', undefined, made),
      ...also(made),
    ]);
    return made;
  }

  async function change(
    actor: Actor & Author,
    name: string,
    input: Partial<Omit<RoleInput, 'name'>>,
    ifMatch: string | undefined,
  ): Promise<Role> {
    return retryStale(async () => {
      const before = await changeable(actor, name, ifMatch);
      const after: Role = {
        ...before,
        description: input.description ?? before.description,
        scopes: input.scopes ?? before.scopes,
        version: before.version + 1,
        updated_at: timestamp(),
      };
      check(actor, input.scopes ?? []);
      await commit(table, [
        putRole(actor.organisation, after, { equals: { version: before.version } }),
        record(actor, 'role.change', before, after),
      ]);
      return after;
    });
  }

  /** Who may not give a role away may not change what it is either. */
  async function changeable(actor: Actor, name: string, ifMatch: string | undefined): Promise<Role> {
    const role = await get(actor.organisation, name);
    requireMatch(ifMatch, roleTag(role));
    if (role.built_in) throw fail('conflict', 'built_in_role', `The role ${name} is built in.`);
    requireHeld(actor, role.scopes);
    return role;
  }

  async function remove(actor: Actor & Author, name: string, ifMatch: string | undefined): Promise<void> {
    return retryStale(async () => {
      const role = await changeable(actor, name, ifMatch);
      const inUse = fail('conflict', 'role_in_use', `There are users with the role ${name}.`);
      const use = roleUseKey(actor.organisation, name);
      const key = roleKey(actor.organisation, name);
      await commit(table, [
        { action: { type: 'delete', key, condition: { equals: { version: role.version } } } },
        { action: { type: 'delete', key: use, condition: { equals: { count: 0 } } }, otherwise: inUse },
        record(actor, 'role.delete', role, undefined),
      ]);
    });
  }

  function record(by: Actor & Author, action: string, before?: Role, after?: Role): Step {
    const target = `role:${(after ?? before)?.name}`;
    const changes = changesBetween(before, after, RECORDED);
    return audit.step(by, { organisation: by.organisation, action, target, changes });
  }

  return { find, get, currentScopes, list, create, change, remove };
}

function putRole(
  organisation: string,
  { built_in: _, ...role }: Role,
  condition: { exists: false } | { equals: { version: number } },
): Step {
  const item = { ...roleKey(organisation, role.name), kind: 'role', schema: 1, ...role };
  return { action: { type: 'put', item, condition } };
}

function fromItem(item: Item): Role {
  const { name, description, scopes, version, created_at, updated_at } = item as unknown as Role;
  return {
    name,
    description,
    scopes,
    built_in: false,
    version,
    ...(created_at !== undefined && { created_at }),
    ...(updated_at !== undefined && { updated_at }),
  };
}
