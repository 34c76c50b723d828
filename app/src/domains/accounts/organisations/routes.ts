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
import { requireAllOrganisations } from '../grants.ts';
import { name, organisationId, version } from '../shapes.ts';
import type { Organisation } from './model.ts';
import { type Organisations, organisationTag } from './service.ts';

const params = { id: organisationId };
const changeTypes = ['application/json', 'application/merge-patch+json'];

const organisationView = Joi.object({
  id: organisationId.required(),
  name: name.required(),
  version: version.required(),
  created_at: timestamp.required(),
  updated_at: timestamp.required(),
}).meta({ component: 'Organisation' });

const one = (organisation: Organisation): Answer => ({
  status: 200,
  body: organisation,
  etag: organisationTag(organisation),
});

export function organisationsDomain(organisations: Organisations, replies: Replies): Domain {
  async function create(call: Call) {
    requireAllOrganisations(call.actor);
    return once(
      replies,
      onceOf(call, 'createOrganisation'),
      async (remember) => {
        const reply = (made: Organisation) =>
          createdReply(made, `/api/v1/organisations/${made.id}`, organisationTag(made));
        const author = authorOf(call);
        return reply(await organisations.create(author, call.body.name, (made) => remember(reply(made))));
      },
      replayed,
    );
  }

  return {
    name: 'organisations',
    summary: 'Whose records are kept apart from those of all others.',
    routes: [
      {
        method: 'POST',
        path: '/api/v1/organisations',
        operation: 'createOrganisation',
        summary: 'Create an organisation.',
        description: 'For administrators of the default organisation.',
        permission: 'organisations:admin',
        body: { kind: 'json', schema: Joi.object({ name: name.required() }) },
        responses: { 201: { description: 'The organisation.', schema: organisationView } },
        failures: [409, 422],
        handler: create,
      },
      {
        method: 'GET',
        path: '/api/v1/organisations',
        operation: 'listOrganisations',
        summary: 'List the organisations that the caller may see.',
        description: 'All of them for administrators of the default organisation, else the own one.',
        permission: 'signed_in',
        query: Joi.object({ limit, cursor }),
        responses: { 200: { description: 'A page of organisations.', schema: pageOf(organisationView) } },
        handler: async ({ actor, query }) =>
          pageAnswer(await organisations.list(actor, query), (organisation) => organisation),
      },
      {
        method: 'GET',
        path: '/api/v1/organisations/:id',
        operation: 'getOrganisation',
        summary: 'Read an organisation.',
        permission: 'signed_in',
        params,
        responses: { 200: { description: 'The organisation.', schema: organisationView } },
        failures: [404],
        handler: async ({ actor, params }) => one(await organisations.get(actor, params.id!)),
      },
      {
        method: 'PATCH',
        path: '/api/v1/organisations/:id',
        operation: 'changeOrganisation',
        summary: 'Rename an organisation.',
        description: 'The own one, or any for administrators of the default organisation.',
        permission: 'organisations:admin',
        params,
        body: { kind: 'json', schema: Joi.object({ name }), types: changeTypes },
        responses: { 200: { description: 'The organisation, as changed.', schema: organisationView } },
        failures: [404, 409, 412, 422],
        handler: async (call) =>
          one(await organisations.rename(authorOf(call), call.params.id!, call.body, call.ifMatch)),
      },
    ],
  };
}
