import { type AccountsService, type Auth, administrator, startAccounts, userOf } from './accounts.ts';
import type { TableFactory } from './tables.ts';

export const USERS = '/api/v1/users';
export const GROUPS = '/api/v1/groups';
export const ROLES = '/api/v1/roles';
export const ORGANISATIONS = '/api/v1/organisations';
export const NOBODY = '0190163d-8694-739b-aea5-966c26f8ad90';

/** The service with a second organisation, and an administrator of each. */
export interface Acme {
  readonly service: AccountsService;
  readonly acme: string;
  /** Of the default organisation. */
  readonly root: Auth;
  /** Of the other one. */
  readonly boss: Auth & { readonly uuid: string };
}

export async function startAcme(factory: TableFactory): Promise<Acme> {
  const service = await startAccounts(factory);
  const { api } = service;
  const root = await administrator(service);
  const { body } = await api.post(ORGANISATIONS).set(root).send({ name: 'Acme' }).expect(201);
  const boss = await userOf(api, root, { email: address(), role: 'admin', organisation: body.id });
  return { service, acme: body.id, root, boss };
}

let count = 0;

/** An address that nobody has yet. */
export const address = () => `user${++count}@example.org`;
