import Joi from 'joi';
import { FALLBACKS } from '../../../schema/definition.ts';
import { timestamp, uuid } from '../../shapes.ts';
import { fieldChange } from '../shapes.ts';

const convert = Joi.object({
  values: Joi.array()
    .items(Joi.object({ from: Joi.string().max(1000).allow('').required(), to: Joi.any().required() }))
    .max(1000)
    .description('What certain values, given by their text, become; null for none.'),
  otherwise: Joi.valid(...FALLBACKS).description(
    'What becomes of a value that cannot be converted: refused (the usual), left out, or the default.',
  ),
});

const field = fieldChange
  .fork(['id', 'since', 'former_names'], (schema) => schema.forbidden())
  .keys({ convert })
  .description('A field and what changes of it; the rest stays.');

export const migrationInput = Joi.object({
  fields: Joi.array().items(field).min(1).max(50).required(),
  dry_run: Joi.boolean().description('Only look at every entity and say what could not be converted.'),
});

const count = Joi.number().integer().required();
const failure = Joi.object({
  uuid: uuid.required(),
  pointer: Joi.string().required(),
  code: Joi.string().required(),
  detail: Joi.string().required(),
});

export const migrationView = Joi.object({
  id: uuid.required(),
  type: Joi.string().required(),
  fields: Joi.array().items(Joi.object().unknown()).required(),
  dry_run: Joi.boolean().required(),
  state: Joi.valid(
    'checking',
    'filling',
    'switched',
    'returning',
    'clearing',
    'paused',
    'blocked',
    'checked',
    'completed',
    'cancelled',
    'rolled_back',
  ).required(),
  progress: Joi.object({
    total: count.description('Entities there were when this part of the work began.'),
    looked_at: count,
    changed: count,
    failed: count,
    failures: Joi.array().items(failure).required().description('The first of them.'),
  }).required(),
  rollback_until: timestamp.description('Until when there is a way back.'),
  created_by: Joi.string().required(),
  created_at: timestamp.required(),
  updated_at: timestamp.required(),
}).meta({ component: 'Migration' });
