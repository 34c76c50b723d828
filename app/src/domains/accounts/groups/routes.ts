import Joi from 'joi';
import { once, type Replies } from '../../../table/replies.ts';
import { authorOf } from '../../author.ts';
import type { Answer, Call, Domain, Route } from '../../domain.ts';
import {
  createdReply,
  cursor,
  limit,
  onceOf,
  pageAnswer,
  pageOf,
  replayed,
  timestamp,
  uuid,
} from '../../shapes.ts';
import { description, name, userView, version } from '../shapes.ts';
import { viewOf } from '../users/model.ts';
import { type Group, type Groups, groupTag } from './service.ts';

const params = { uuid };
const memberParams = { uuid, user: uuid };
const paging = Joi.object({ limit, cursor });
const changeTypes = ['application/json', 'application/merge-patch+json'];

const groupView = Joi.object({
  uuid: uuid.required(),
  name: name.required(),
  description: description.required(),
  members: Joi.number().integer().required().description('How many there are.'),
  version: version.required(),
  created_at: timestamp.required(),
  updated_at: timestamp.required(),
}).meta({ component: 'Group' });

const one = (group: Group): Answer => ({ status: 200, body: group, etag: groupTag(group) });

export function groupsDomain(groups: Groups, replies: Replies): Domain {
  return {
    name: 'groups',
    summary: 'Users who own records together.',
    routes: [...groupRoutes(groups, replies), ...memberRoutes(groups)],
  };
}

function groupRoutes(groups: Groups, replies: Replies): Route[] {
  const create = (call: Call) =>
    once(
      replies,
      onceOf(call, 'createGroup'),
      async (remember) => {
        const reply = (made: Group) => createdReply(made, `/api/v1/groups/${made.uuid}`, groupTag(made));
        return reply(await groups.create(authorOf(call), call.body, (made) => remember(reply(made))));
      },
      replayed,
    );

  return [
    {
      method: 'POST',
      path: '/api/v1/groups',
      operation: 'createGroup',
      summary: 'Create a group.',
      permission: 'groups:admin',
      body: { kind: 'json', schema: Joi.object({ name: name.required(), description }) },
      responses: { 201: { description: 'The group.', schema: groupView } },
      failures: [409, 422],
      handler: create,
    },
    {
      method: 'GET',
      path: '/api/v1/groups',
      operation: 'listGroups',
      summary: 'List the groups of the organisation by name.',
      permission: 'groups:admin',
      query: paging,
      responses: { 200: { description: 'A page of groups.', schema: pageOf(groupView) } },
      handler: async ({ actor, query }) =>
        pageAnswer(await groups.list(actor.organisation, query), (group) => group),
    },
    {
      method: 'GET',
      path: '/api/v1/groups/:uuid',
      operation: 'getGroup',
      summary: 'Read a group.',
      permission: 'groups:admin',
      params,
      responses: { 200: { description: 'The group.', schema: groupView } },
      failures: [404],
      handler: async ({ actor, params }) => one(await groups.get(actor.organisation, params.uuid!)),
    },
    {
      method: 'PATCH',
      path: '/api/v1/groups/:uuid',
      operation: 'changeGroup',
      summary: 'Change the name or the description of a group.',
      permission: 'groups:admin',
      params,
      body: { kind: 'json', schema: Joi.object({ name, description }), types: changeTypes },
      responses: { 200: { description: 'The group, as changed.', schema: groupView } },
      failures: [404, 409, 412, 422],
      handler: async (call) =>
        one(await groups.change(authorOf(call), call.params.uuid!, call.body, call.ifMatch)),
    },
    {
      method: 'DELETE',
      path: '/api/v1/groups/:uuid',
      operation: 'deleteGroup',
      summary: 'Delete a group; its members stay users.',
      permission: 'groups:admin',
      params,
      responses: { 204: { description: 'Deleted.' } },
      failures: [404, 409, 412],
      async handler(call) {
        await groups.remove(authorOf(call), call.params.uuid!, call.ifMatch);
        return { status: 204 };
      },
    },
  ];
}

function memberRoutes(groups: Groups): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/groups/:uuid/members',
      operation: 'listMembers',
      summary: 'List the members of a group.',
      permission: 'groups:admin',
      params,
      query: paging,
      responses: { 200: { description: 'A page of users.', schema: pageOf(userView) } },
      failures: [404],
      handler: async ({ actor, params, query }) =>
        pageAnswer(await groups.members(actor.organisation, params.uuid!, query), viewOf),
    },
    {
      method: 'PUT',
      path: '/api/v1/groups/:uuid/members/:user',
      operation: 'addMember',
      summary: 'Make a user a member.',
      permission: 'groups:admin',
      params: memberParams,
      responses: { 204: { description: 'The user is a member.' } },
      failures: [404, 409],
      async handler(call) {
        await groups.addMember(authorOf(call), call.params.uuid!, call.params.user!);
        return { status: 204 };
      },
    },
    {
      method: 'DELETE',
      path: '/api/v1/groups/:uuid/members/:user',
      operation: 'removeMember',
      summary: 'Take a user out of a group.',
      permission: 'groups:admin',
      params: memberParams,
      responses: { 204: { description: 'The user is no member.' } },
      failures: [404, 409],
      async handler(call) {
        await groups.removeMember(authorOf(call), call.params.uuid!, call.params.user!);
        return { status: 204 };
      },
    },
  ];
}
