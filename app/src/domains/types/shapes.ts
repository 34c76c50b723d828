import Joi from 'joi';
import { CARDINALITIES, DELETE_POLICIES, SCALAR_TYPES } from '../../schema/definition.ts';
import { timestamp, uuid } from '../shapes.ts';

const bound = Joi.alternatives(Joi.number(), Joi.string().max(100));
const length = Joi.number().integer().min(0).max(1_000_000);
const options = Joi.array()
  .items(Joi.alternatives(Joi.string().max(1000), Joi.number()))
  .min(1)
  .max(500);

const constraints = {
  enum: options.description('The values allowed.'),
  min: bound.description('Smallest value, inclusive.'),
  max: bound.description('Largest value, inclusive.'),
  min_length: length.description('Fewest characters, or elements of an array.'),
  max_length: length.description('Most characters, or elements of an array.'),
};

const items = Joi.object({ type: Joi.valid(...SCALAR_TYPES).required(), ...constraints });
const fieldType = Joi.valid(...SCALAR_TYPES, 'array');
const fieldParts = {
  type: fieldType.description('What the values are.'),
  required: Joi.boolean().description('Every entity has a value.'),
  unique: Joi.boolean().description('No two entities have the same value; texts compare folded.'),
  indexed: Joi.boolean().description('Searches and sorts may use the field. A unique field is indexed too.'),
  default: Joi.any().description('Taken where no value is given.'),
  items: Joi.alternatives(items, Joi.valid(...SCALAR_TYPES)).description('The elements of an array.'),
  description: Joi.string().max(2000).allow(''),
  ...constraints,
};
const name = Joi.string().max(200);

const field = Joi.object({ ...fieldParts, name: name.required(), type: fieldParts.type.required() });
/** A field and what changes of it; null takes a part away. */
export const fieldChange = Joi.object({
  ...Object.fromEntries(Object.entries(fieldParts).map(([part, schema]) => [part, schema.allow(null)])),
  id: name.description('Names the field to change where `name` renames it.'),
  name: name.required(),
  since: Joi.number().description('Read-only; ignored.'),
  former_names: Joi.array().description('Read-only; ignored.'),
});

const link = Joi.object({
  relation: name.required().description('How the declaring type calls the relation.'),
  to: Joi.alternatives(name, Joi.array().items(name).min(1).max(50))
    .required()
    .description('The type or types it may point to.'),
  inverse: name.description('How the other end calls it; equal to `relation` for a symmetric one.'),
  cardinality: Joi.valid(...CARDINALITIES).description('`many_to_one` allows each source one target.'),
  on_delete: Joi.valid(...DELETE_POLICIES).description(
    'What becomes of the link when its target is deleted.',
  ),
  description: Joi.string().max(2000).allow(''),
});

const description = Joi.string().max(2000).allow('');
const tags = Joi.array().items(Joi.string().max(100));

export const typeInput = Joi.object({
  name: name.required().example('city'),
  description,
  tags,
  fields: Joi.array().items(field),
  links: Joi.array().items(link),
});

export const typeChange = Joi.object({
  description,
  tags,
  fields: Joi.array().items(fieldChange).description('Fields to add or to change; the others stay.'),
  links: Joi.array().items(link).description('Relations to add or to change; the others stay.'),
});

/** What is answered: the definition with everything filled in. */
export const typeView = Joi.object({
  uuid: uuid.required(),
  name: name.required(),
  description: description.required(),
  tags: tags.required(),
  fields: Joi.array()
    .items(
      Joi.object({
        ...fieldParts,
        id: name.required(),
        name: name.required(),
        since: Joi.number().integer().description('Version of the type that brought the field.'),
        former_names: Joi.array()
          .items(Joi.object({ name: name.required(), until: timestamp.required() }))
          .description('Names that the field had before and that are accepted until then.'),
      }),
    )
    .required(),
  links: Joi.array().items(link).required(),
  version: Joi.number().integer().required(),
  organisation: Joi.string().required(),
  created_at: timestamp.required(),
  updated_at: timestamp.required(),
}).meta({ component: 'EntityType' });
