import Joi from 'joi';
import { once, type Replies } from '../../../table/replies.ts';
import { authorOf } from '../../author.ts';
import type { Answer, Call, Domain } from '../../domain.ts';
import { createdReply, cursor, limit, onceOf, pageAnswer, pageOf, replayed, uuid } from '../../shapes.ts';
import { name, newEmail, newPassword, organisationId, roleName, userView } from '../shapes.ts';
import { etagOf, type User, viewOf } from './model.ts';
import type { Users } from './service.ts';

const params = { uuid };
const query = Joi.object({ limit, cursor, email: Joi.string().max(254).description('Only who has it.') });
const changeTypes = ['application/json', 'application/merge-patch+json'];

const userInput = Joi.object({
  email: newEmail.required(),
  password: newPassword.required(),
  name: name.allow(''),
  role: roleName.required(),
  organisation: organisationId.description('Another one, for those who look after all organisations.'),
});

const userChange = Joi.object({
  email: newEmail,
  password: newPassword.description('A new password ends all sessions of the user.'),
  name: name.allow(''),
  role: roleName,
  disabled: Joi.boolean().description('Shuts the user out and ends all sessions.'),
});

export const userAnswer = (user: User): Answer => ({ status: 200, body: viewOf(user), etag: etagOf(user) });

/** The password is no part of what tells a request from another: only a slow hash of it may be kept. */
function onceWithoutPassword(call: Call) {
  const { password: _, ...rest } = call.body;
  return onceOf({ ...call, body: rest }, 'createUser');
}

export function usersDomain(users: Users, replies: Replies): Domain {
  const create = (call: Call) =>
    once(
      replies,
      onceWithoutPassword(call),
      async (remember) => {
        const reply = (user: User) => createdReply(viewOf(user), `/api/v1/users/${user.uuid}`, etagOf(user));
        const made = await users.create(authorOf(call), call.body, (user) => remember(reply(user)));
        return reply(made);
      },
      replayed,
    );

  return {
    name: 'users',
    summary: 'Who can log in, and what they may do.',
    routes: [
      {
        method: 'POST',
        path: '/api/v1/users',
        operation: 'createUser',
        summary: 'Create a user.',
        description: 'Nobody can give a role that allows more than they may do themselves.',
        permission: 'users:admin',
        body: { kind: 'json', schema: userInput },
        responses: { 201: { description: 'The user.', schema: userView } },
        failures: [409, 422],
        handler: create,
      },
      {
        method: 'GET',
        path: '/api/v1/users',
        operation: 'listUsers',
        summary: 'List the users of the organisation.',
        permission: 'users:admin',
        query,
        responses: { 200: { description: 'A page of users.', schema: pageOf(userView) } },
        handler: async ({ actor, query }) => pageAnswer(await users.list(actor.organisation, query), viewOf),
      },
      {
        method: 'GET',
        path: '/api/v1/users/:uuid',
        operation: 'getUser',
        summary: 'Read a user.',
        permission: 'users:admin',
        params,
        responses: { 200: { description: 'The user.', schema: userView } },
        failures: [404],
        handler: async ({ actor, params }) => userAnswer(await users.get(actor.organisation, params.uuid!)),
      },
      {
        method: 'PATCH',
        path: '/api/v1/users/:uuid',
        operation: 'changeUser',
        summary: 'Change a user, or set a new password.',
        description: 'Takes effect with the next request of the user, on every instance.',
        permission: 'users:admin',
        params,
        body: { kind: 'json', schema: userChange, types: changeTypes },
        responses: { 200: { description: 'The user, as changed.', schema: userView } },
        failures: [404, 409, 412, 422],
        async handler(call) {
          const { params, body, ifMatch } = call;
          return userAnswer(await users.change(authorOf(call), params.uuid!, body, ifMatch));
        },
      },
      {
        method: 'DELETE',
        path: '/api/v1/users/:uuid',
        operation: 'deleteUser',
        summary: 'Delete a user, with sessions, API keys and memberships.',
        permission: 'users:admin',
        params,
        responses: { 204: { description: 'Deleted.' } },
        failures: [404, 409, 412],
        async handler(call) {
          await users.remove(authorOf(call), call.params.uuid!, call.ifMatch);
          return { status: 204 };
        },
      },
    ],
  };
}
