import { createHash } from 'node:crypto';
import { type FieldError, pointer } from '../../kernel/errors.ts';
import { builtInType } from '../../schema/built-in.ts';
import { foldName } from '../../schema/order.ts';
import { checkSubscribers } from './subscribers.ts';

const text = { type: 'string', required: true, indexed: true, min_length: 1, max_length: 200 } as const;

/**
 * A bond: the subscriber account pays the host account for services. Its natural key are the two accounts, and an
 * account has one cost center, in whatever bonds it stands and on whichever side.
 */
export const bondsType = builtInType({
  name: 'bonds',
  description: 'Charge-back relations: one account pays another for services.',
  fields: [
    {
      ...text,
      name: 'bond_id',
      indexed: false,
      description: 'Made from the two accounts where it is not given.',
    },
    { ...text, name: 'host_account_id' },
    { ...text, name: 'sub_account_id' },
    { ...text, name: 'host_cost_center' },
    { ...text, name: 'sub_cost_center' },
    {
      name: 'subscribers',
      type: 'json',
      default: {},
      description: 'Persons of the subscriber account, by sid.',
    },
  ],
  links: [{ relation: 'contacts', to: 'people', inverse: 'contact_of' }],
  rules: {
    keyField: 'bond_id',
    uniqueTogether: ['host_account_id', 'sub_account_id'],
    grouping: {
      name: 'account',
      pairs: [
        ['host_account_id', 'host_cost_center'],
        ['sub_account_id', 'sub_cost_center'],
      ],
    },
    complete(fields) {
      const { bond_id, host_account_id: host, sub_account_id: sub } = fields;
      if (bond_id !== undefined && bond_id !== null) return fields;
      if (typeof host !== 'string' || typeof sub !== 'string') return fields;
      return { ...fields, bond_id: bondIdOf(host, sub) };
    },
    check: (fields) => [...checkSubscribers(fields.subscribers), ...checkOneAccount(fields)],
  },
});

const ID_LENGTH = 20;

/** The id of a bond whose maker gave it none: the same for the same two accounts. */
export function bondIdOf(host: string, sub: string): string {
  const accounts = JSON.stringify([foldName(host), foldName(sub)]);
  return `B${createHash('sha256').update(accounts).digest('hex').slice(0, ID_LENGTH).toUpperCase()}`;
}

/** An account that pays itself is still in one cost center. */
function checkOneAccount(fields: Readonly<Record<string, unknown>>): FieldError[] {
  const { host_account_id: host, sub_account_id: sub, host_cost_center, sub_cost_center } = fields;
  if (typeof host !== 'string' || typeof sub !== 'string' || foldName(host) !== foldName(sub)) return [];
  if (host_cost_center === sub_cost_center) return [];
  const detail = 'One account cannot have two cost centers.';
  return [{ pointer: pointer('fields', 'sub_cost_center'), code: 'one_cost_center', detail }];
}
