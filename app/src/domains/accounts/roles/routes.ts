import Joi from 'joi';
import { once, type Replies } from '../../../table/replies.ts';
import { authorOf } from '../../author.ts';
import type { Answer, Call, Domain } from '../../domain.ts';
import {
  createdReply,
  cursor,
  limit,
  onceOf,
  pageAnswer,
  pageOf,
  replayed,
  timestamp,
} from '../../shapes.ts';
import { description, roleName, scopes, version } from '../shapes.ts';
import { type Role, type Roles, roleTag } from './service.ts';

const params = { name: roleName };
const changeTypes = ['application/json', 'application/merge-patch+json'];

const roleView = Joi.object({
  name: Joi.string().required(),
  description: description.required(),
  scopes: Joi.array().items(Joi.string()).required(),
  built_in: Joi.boolean()
    .required()
    .description('Built-in roles are the same everywhere and stay as they are.'),
  version: version.required(),
  created_at: timestamp,
  updated_at: timestamp,
}).meta({ component: 'Role' });

const one = (role: Role): Answer => ({ status: 200, body: role, etag: roleTag(role) });

export function rolesDomain(roles: Roles, replies: Replies): Domain {
  const create = (call: Call) =>
    once(
      replies,
      onceOf(call, 'createRole'),
      async (remember) => {
        const reply = (made: Role) => createdReply(made, `/api/v1/roles/${made.name}`, roleTag(made));
        return reply(await roles.create(authorOf(call), call.body, (made) => remember(reply(made))));
      },
      replayed,
    );

  return {
    name: 'roles',
    summary: 'What users may do: four roles are built in, an organisation can define its own.',
    routes: [
      {
        method: 'POST',
        path: '/api/v1/roles',
        operation: 'createRole',
        summary: 'Define a role.',
        description: 'Nobody can put into a role what they may not do themselves.',
        permission: 'roles:admin',
        body: {
          kind: 'json',
          schema: Joi.object({ name: roleName.required(), description, scopes: scopes.required() }),
        },
        responses: { 201: { description: 'The role.', schema: roleView } },
        failures: [409, 422],
        handler: create,
      },
      {
        method: 'GET',
        path: '/api/v1/roles',
        operation: 'listRoles',
        summary: 'List the roles, built-in ones first.',
        permission: 'roles:admin',
        query: Joi.object({ limit, cursor }),
        responses: { 200: { description: 'A page of roles.', schema: pageOf(roleView) } },
        handler: async ({ actor, query }) =>
          pageAnswer(await roles.list(actor.organisation, query), (role) => role),
      },
      {
        method: 'GET',
        path: '/api/v1/roles/:name',
        operation: 'getRole',
        summary: 'Read a role.',
        permission: 'roles:admin',
        params,
        responses: { 200: { description: 'The role.', schema: roleView } },
        failures: [404],
        handler: async ({ actor, params }) => one(await roles.get(actor.organisation, params.name!)),
      },
      {
        method: 'PATCH',
        path: '/api/v1/roles/:name',
        operation: 'changeRole',
        summary: 'Change what a role allows.',
        description: 'Takes effect with the next request of everybody who has it.',
        permission: 'roles:admin',
        params,
        body: { kind: 'json', schema: Joi.object({ description, scopes }), types: changeTypes },
        responses: { 200: { description: 'The role, as changed.', schema: roleView } },
        failures: [404, 409, 412, 422],
        handler: async (call) =>
          one(await roles.change(authorOf(call), call.params.name!, call.body, call.ifMatch)),
      },
      {
        method: 'DELETE',
        path: '/api/v1/roles/:name',
        operation: 'deleteRole',
        summary: 'Delete a role that nobody has.',
        permission: 'roles:admin',
        params,
        responses: { 204: { description: 'Deleted.' } },
        failures: [404, 409, 412],
        async handler(call) {
          await roles.remove(authorOf(call), call.params.name!, call.ifMatch);
          return { status: 204 };
        },
      },
    ],
  };
}
