import Joi from 'joi';
import { conditionsFor, type RecordKind } from '../record-kind.ts';
import { bondsType } from './type.ts';

const text = Joi.string().max(200);

export const bonds: RecordKind = {
  definition: bondsType,
  path: '/api/v1/bonds',
  noun: 'bond',
  permission: { read: 'bonds:read', write: 'bonds:write' },
  hasTags: false,
  filters: {
    host_account_id: text.description('Only bonds of this host account.'),
    sub_account_id: text.description('Only bonds of this subscriber account.'),
    host_cost_center: text.description('Only bonds whose host account has this cost center.'),
    sub_cost_center: text.description('Only bonds whose subscriber account has this cost center.'),
  },
  conditions: (query) =>
    conditionsFor(query, '=', {
      host_account_id: 'host_account_id',
      sub_account_id: 'sub_account_id',
      host_cost_center: 'host_cost_center',
      sub_cost_center: 'sub_cost_center',
    }),
};
