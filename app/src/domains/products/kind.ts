import Joi from 'joi';
import { conditionsFor, type RecordKind } from '../record-kind.ts';
import { PRODUCT_STATUSES, productsType } from './type.ts';

const price = Joi.number().integer().min(0);

/** Everybody may look at products; who writes them has signed in. */
export const products: RecordKind = {
  definition: productsType,
  path: '/api/v1/products',
  noun: 'product',
  permission: { read: 'public', write: 'products:write' },
  hasTags: true,
  filters: {
    sku: Joi.string().max(100).description('Only the product with this SKU.'),
    status: Joi.valid(...PRODUCT_STATUSES).description('Only products of this status.'),
    currency: Joi.string().max(3).description('Only products priced in this currency.'),
    price_min: price.description('Only products of this price or more, in minor units.'),
    price_max: price.description('Only products of this price or less, in minor units.'),
    name_prefix: Joi.string().max(200).description('Only products whose name begins so.'),
  },
  conditions: (query) => [
    ...conditionsFor(query, '=', { sku: 'sku', status: 'status', currency: 'currency' }),
    ...conditionsFor(query, '>=', { price_min: 'price' }),
    ...conditionsFor(query, '<=', { price_max: 'price' }),
    ...conditionsFor(query, '^=', { name_prefix: 'name' }),
  ],
};
