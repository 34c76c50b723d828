import Joi from 'joi';
import { authorOf } from '../author.ts';
import type { Answer, Domain } from '../domain.ts';
import { cursor, limit, pageAnswer, pageOf, timestamp } from '../shapes.ts';
import { etagOf, FLAGS, type Flag, type UnsetFlag } from './model.ts';
import type { FlagsService, RecordChange } from './service.ts';

const name = Joi.string()
  .pattern(/^[a-z][a-z0-9_.-]{0,63}$/, 'name')
  .description('Name of a flag: lower case, digits, `-`, `_` and `.`.')
  .example('sign-up-closed');
const enabled = Joi.boolean().required();
const description = Joi.string().max(2000).allow('');
const params = { name };

const flagView = Joi.object({
  name: name.required(),
  enabled,
  description,
  version: Joi.number().integer(),
  created_at: timestamp,
  updated_at: timestamp,
})
  .description('Of a flag that nobody has set there is its name, and that it is off.')
  .meta({ component: 'Flag' });

const one = (flag: Flag | UnsetFlag): Answer => ({ status: 200, body: flag, etag: etagOf(flag) });
const cache = () => [FLAGS];

/** The switches of the installation. `record` writes down each change, in its transaction. */
export function flagsDomain(flags: FlagsService, record: RecordChange): Domain {
  return {
    name: 'flags',
    summary: 'Switches of this installation, read while it runs. One that nobody has set is off.',
    routes: [
      {
        method: 'GET',
        path: '/api/v1/flags',
        operation: 'listFlags',
        summary: 'List the flags that were set.',
        permission: 'flags:read',
        query: Joi.object({ limit, cursor }),
        cache,
        responses: { 200: { description: 'A page of flags, by name.', schema: pageOf(flagView) } },
        handler: async ({ query }) => pageAnswer(await flags.list(query), (flag) => flag),
      },
      {
        method: 'GET',
        path: '/api/v1/flags/:name',
        operation: 'getFlag',
        summary: 'Whether a flag is on.',
        permission: 'flags:read',
        params,
        cache,
        responses: { 200: { description: 'The flag; off if nobody has set it.', schema: flagView } },
        handler: async ({ params: { name } }) => one(await flags.get(name!)),
      },
      {
        method: 'PUT',
        path: '/api/v1/flags/:name',
        operation: 'setFlag',
        summary: 'Switch a flag on or off.',
        description:
          'For administrators of the default organisation. It counts with the next request of everybody.',
        permission: 'flags:admin',
        params,
        body: { kind: 'json', schema: Joi.object({ enabled, description }) },
        responses: { 200: { description: 'The flag, as set.', schema: flagView } },
        failures: [409, 412],
        async handler(call) {
          const { params, body, ifMatch } = call;
          return one(await flags.set(authorOf(call), params.name!, body, { ifMatch, record }));
        },
      },
      {
        method: 'DELETE',
        path: '/api/v1/flags/:name',
        operation: 'deleteFlag',
        summary: 'Forget a flag, which is then off.',
        description: 'For administrators of the default organisation.',
        permission: 'flags:admin',
        params,
        responses: { 204: { description: 'Deleted.' } },
        failures: [404, 409, 412],
        async handler(call) {
          await flags.remove(authorOf(call), call.params.name!, { ifMatch: call.ifMatch, record });
          return { status: 204 };
        },
      },
    ],
  };
}
