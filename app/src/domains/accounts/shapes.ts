import Joi from 'joi';
import { ROLE_SCOPES } from '../../kernel/actor.ts';
import { timestamp, uuid } from '../shapes.ts';
import { SCOPE } from './grants.ts';

/** Parameters and shapes that the routes of accounts share. */
export const name = Joi.string().max(200);
export const description = Joi.string().max(2000).allow('');
export const version = Joi.number().integer();
export const roleName = Joi.string()
  .pattern(/^[a-z][a-z0-9_-]{0,63}$/, 'name')
  .description(
    `A built-in role (${Object.keys(ROLE_SCOPES).join(', ')}) or one that the organisation defined.`,
  )
  .example('editor');
export const organisationId = Joi.string()
  .pattern(/^(default|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/, 'id')
  .description('Id of an organisation.')
  .example('default');
export const scopes = Joi.array()
  .items(Joi.string().pattern(SCOPE, 'scope'))
  .min(1)
  .max(100)
  .unique()
  .description(
    'What is allowed, as `<resource>:<action>`; the actions are read, write and admin, `*` is all.',
  )
  .example(['products:read']);

/** A new address; those of before these rules stay good for logging in. */
export const newEmail = Joi.string()
  .email({ tlds: false })
  .max(254)
  .description('Unique among all users, however it is written.')
  .example('ada@example.org');
/** Long rather than intricate; what is longer than this was not typed, and every character is hashed. */
export const newPassword = Joi.string().min(12).max(200).description('12 to 200 characters.');

export const userParts = {
  uuid: uuid.required(),
  email: Joi.string().required(),
  name: Joi.string().allow('').required(),
  role: Joi.string().required(),
  groups: Joi.array().items(uuid).required().description('Groups that the user is a member of.'),
  disabled: Joi.boolean().required().description('A user who is shut out can neither log in nor use a key.'),
  organisation: Joi.string().required(),
  version: version.required(),
  created_at: timestamp.required(),
  updated_at: timestamp.required(),
};

export const userView = Joi.object(userParts).meta({ component: 'User' });
