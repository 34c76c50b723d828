import { ROLE_SCOPES } from '../../../kernel/actor.ts';
import { fail, invalid } from '../../../kernel/errors.ts';
import type { Step } from '../../../table/steps.ts';
import type { Table } from '../../../table/table.ts';
import { roleUseKey } from '../keys.ts';
import type { User } from './model.ts';

type Holder = Pick<User, 'role' | 'disabled'>;

const ADMIN = 'admin';

export const isBuiltIn = (role: string): boolean => Object.hasOwn(ROLE_SCOPES, role);

/** Of the built-in roles only administrators are counted, and only those who can log in. */
function counted(holder: Holder | undefined): string | undefined {
  if (!holder) return undefined;
  if (isBuiltIn(holder.role)) return holder.role === ADMIN && !holder.disabled ? ADMIN : undefined;
  return holder.role;
}

/**
 * The steps that keep count of who holds a role while a user comes, changes or goes. An organisation keeps its last
 * administrator, also when two of them step down at the same time; a role that its organisation defined has a
 * count from its first day, so what has none does not exist.
 */
export async function roleUseSteps(
  table: Table,
  organisation: string,
  before: Holder | undefined,
  after: Holder | undefined,
): Promise<Step[]> {
  const [left, joined] = [counted(before), counted(after)];
  if (left === joined) return [];
  const steps: Step[] = [];
  if (left !== undefined) steps.push(await leaving(table, organisation, left));
  if (joined !== undefined) steps.push(joining(organisation, joined));
  return steps;
}

async function leaving(table: Table, organisation: string, role: string): Promise<Step> {
  const key = roleUseKey(organisation, role);
  const add = { count: -1 };
  if (role !== ADMIN) return { action: { type: 'update', key, add, condition: { exists: true } } };
  const count = Number((await table.get(key))?.count ?? 0);
  if (count <= 1) throw lastAdmin();
  return { action: { type: 'update', key, add, condition: { equals: { count } } } };
}

function joining(organisation: string, role: string): Step {
  const key = roleUseKey(organisation, role);
  const add = { count: 1 };
  if (role !== ADMIN) {
    return {
      action: { type: 'update', key, add, condition: { exists: true } },
      otherwise: unknownRole(role),
    };
  }
  const set = { kind: 'role-use', schema: 1 };
  return { action: { type: 'update', key, set, add, condition: {}, creates: true } };
}

export function unknownRole(role: string) {
  const detail = `There is no role ${role}.`;
  return invalid([{ pointer: '/role', code: 'unknown_role', detail }]);
}

function lastAdmin() {
  return fail('conflict', 'last_admin', 'An organisation keeps at least one administrator who can log in.');
}
