import Joi from 'joi';
import { cursor, limit, timestamp, uuid } from '../shapes.ts';
import { OPERATORS } from './search/expression.ts';

const name = Joi.string().max(200);
const properties = Joi.object().unknown().description('Anything worth keeping about the link.');
const ids = Joi.array().items(Joi.string().max(200)).max(100);
const fields = Joi.object().unknown().description('Values by field name, as the type defines them.');
const tags = Joi.array().items(Joi.string().max(100)).max(50);
const owners = Joi.object({ users: ids, groups: ids, organisations: ids });
const version = Joi.number().integer();

export const linkInput = Joi.object({
  relation: name.required().description("The relation's own or inverse name."),
  type: name.required().description('Type of the other end.'),
  uuid: uuid.required().description('The other end.'),
  properties,
});

export const entityInput = Joi.object({
  fields,
  links: Joi.array().items(linkInput).max(100),
  tags,
  owners,
});

/** Links have their own resource; a replacement leaves them as they are. */
export const entityReplacement = Joi.object({ fields: fields.required(), tags, owners });

export const entityPatch = Joi.object({
  fields: fields.allow(null),
  tags: tags.allow(null),
  owners: Joi.object({
    users: ids.allow(null),
    groups: ids.allow(null),
    organisations: ids.allow(null),
  }).allow(null),
});

export const linkView = Joi.object({
  relation: name.required(),
  direction: Joi.valid('out', 'in').required().description('`out` if this entity is the one that points.'),
  inverse: name,
  type: name.required(),
  uuid: uuid.required(),
  properties,
}).meta({ component: 'Link' });

export const entityView = Joi.object({
  uuid: uuid.required(),
  type: name.required(),
  fields: fields.required(),
  links: Joi.array().items(linkView).required(),
  links_truncated: Joi.boolean().description('True when there are more links than stand here.'),
  tags: tags.required(),
  owners: owners.required(),
  organisation: Joi.string().required(),
  version: version.required(),
  type_version: version.required(),
  created_at: timestamp.required(),
  updated_at: timestamp.required(),
}).meta({ component: 'Entity' });

export const explanation = Joi.object({
  plan: Joi.valid('join', 'ordered', 'collected').required(),
  indexes: Joi.array().items(Joi.string()).required(),
  items_read: Joi.number().integer().required(),
  store_calls: Joi.number().integer().required(),
}).meta({ component: 'Explanation' });

const linkFilter = Joi.string().max(200).example('capital_of:0190163d-8694-739b-aea5-966c26f8ad90');
const sort = Joi.string()
  .max(200)
  .description('An indexed field; `-field` for descending. Missing values last.');
const explain = Joi.boolean().default(false).description('Adds how the search was answered.');

export const searchQuery = Joi.object({
  fields: Joi.array()
    .items(Joi.string().max(8000))
    .single()
    .max(20)
    .description('Conditions such as `address="test address",age>=30,name^="Jo"`; all must hold.'),
  links: Joi.array().items(linkFilter).single().max(20).description('`<uuid>` or `<relation>:<uuid>`.'),
  uuids: Joi.array()
    .items(Joi.string().max(8000))
    .single()
    .max(20)
    .description('Any of these, comma-separated.'),
  tags: Joi.array()
    .items(Joi.string().max(8000))
    .single()
    .max(20)
    .description('All of these, comma-separated.'),
  sort,
  limit,
  cursor,
  explain,
});

export const searchBody = Joi.object({
  fields: Joi.array()
    .items(
      Joi.object({
        field: name.required(),
        op: Joi.valid(...OPERATORS).default('='),
        value: Joi.alternatives(Joi.string().max(8000).allow(''), Joi.number(), Joi.boolean()).required(),
      }),
    )
    .max(50),
  links: Joi.array()
    .items(Joi.object({ relation: name, uuid: uuid.required() }))
    .max(20),
  uuids: Joi.array().items(uuid).max(1000),
  tags: Joi.array().items(Joi.string().max(100)).max(20),
  sort,
  limit,
  cursor,
  explain,
});
