import { pointer } from '../../kernel/errors.ts';
import { builtInType } from '../../schema/built-in.ts';

export const PRODUCT_STATUSES = ['draft', 'active', 'archived'] as const;

/** ISO 4217 codes in use, as the runtime knows them. */
const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));
const MAX_ATTRIBUTES = 100;

export const productsType = builtInType({
  name: 'products',
  description: 'Products, with their prices.',
  fields: [
    { name: 'sku', type: 'string', required: true, unique: true, min_length: 1, max_length: 100 },
    { name: 'name', type: 'string', required: true, indexed: true, min_length: 1, max_length: 200 },
    { name: 'description', type: 'text', default: '', max_length: 10_000 },
    {
      name: 'status',
      type: 'enum',
      enum: [...PRODUCT_STATUSES],
      required: true,
      indexed: true,
      default: 'draft',
    },
    {
      name: 'price',
      type: 'integer',
      required: true,
      indexed: true,
      min: 0,
      description: 'In minor units of the currency: 1999 is 19.99 EUR.',
    },
    {
      name: 'currency',
      type: 'string',
      required: true,
      indexed: true,
      description: 'ISO 4217, such as EUR.',
    },
    { name: 'attributes', type: 'json', default: {}, description: 'Further properties, by name.' },
  ],
  links: [{ relation: 'supplied_by', to: 'organisations', inverse: 'supplies' }],
  rules: {
    signedIn: true,
    check: ({ currency, attributes }) => [
      ...(typeof currency === 'string' && !CURRENCIES.has(currency)
        ? [broken('currency', 'invalid_currency', 'Must be a currency code of ISO 4217, such as EUR.')]
        : []),
      ...(attributes !== undefined && !isSmallObject(attributes)
        ? [broken('attributes', 'invalid_type', `Must be an object of at most ${MAX_ATTRIBUTES} members.`)]
        : []),
    ],
  },
});

const isSmallObject = (value: unknown) =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.keys(value).length <= MAX_ATTRIBUTES;

const broken = (name: string, code: string, detail: string) => ({
  pointer: pointer('fields', name),
  code,
  detail,
});
