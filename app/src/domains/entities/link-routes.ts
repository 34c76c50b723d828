import Joi from 'joi';
import { once, type Replies } from '../../table/replies.ts';
import type { Route } from '../domain.ts';
import { createdReply, cursor, limit, onceOf, pageAnswer, pageOf, replayed, uuid } from '../shapes.ts';
import { memberOf } from './keys.ts';
import type { Links } from './links.ts';
import type { LinkView } from './model.ts';
import { entityParams, refOf } from './routes.ts';
import { linkInput, linkView } from './shapes.ts';

const relation = Joi.string().max(200).description("The relation's own or inverse name.");
const query = Joi.object({
  relation: relation.description('Only links of this relation, by its own or inverse name.'),
  type: Joi.string().max(200).description('Only links to entities of this type.'),
  limit,
  cursor,
});

/** The links of one entity, seen from either end. */
export function linkRoutes(
  links: Links,
  replies: Replies,
  typesOf: (organisation: string) => string,
): Route[] {
  const base = '/api/v1/entities/:type/:uuid/links';
  return [
    {
      method: 'GET',
      path: base,
      operation: 'listLinks',
      summary: 'List the links of an entity, both those it makes and those made to it.',
      permission: 'entities:read',
      params: entityParams,
      query,
      cache: ({ actor, params }) => [memberOf(actor.organisation, params.uuid!), typesOf(actor.organisation)],
      responses: { 200: { description: 'A page of links.', schema: pageOf(linkView) } },
      failures: [404],
      handler: async (call) =>
        pageAnswer(await links.list(call.actor, refOf(call), call.query), (link) => link),
    },
    {
      method: 'POST',
      path: base,
      operation: 'createLink',
      summary: 'Link an entity to another; both see the link at once.',
      permission: 'entities:write',
      params: entityParams,
      body: { kind: 'json', schema: linkInput },
      responses: { 201: { description: 'The link, as this entity sees it.', schema: linkView } },
      failures: [404, 409, 422],
      handler: (call) => {
        const from = refOf(call);
        const called = call.body.relation;
        const reply = (link: LinkView) =>
          createdReply(link, `/api/v1/entities/${from.type}/${from.uuid}/links/${called}/${link.uuid}`);
        return once(
          replies,
          onceOf(call, 'createLink'),
          async (remember) => {
            const made = await links.add(call.actor, from, call.body, (link) => remember(reply(link)));
            return reply(made);
          },
          replayed,
        );
      },
    },
    {
      method: 'DELETE',
      path: `${base}/:relation/:to`,
      operation: 'deleteLink',
      summary: 'Remove a link, at both ends.',
      permission: 'entities:write',
      params: { ...entityParams, relation, to: uuid.description('The other end.') },
      responses: { 204: { description: 'Removed.' } },
      failures: [404, 409],
      handler: async (call) => {
        await links.remove(call.actor, refOf(call), call.params.relation!, call.params.to!);
        return { status: 204 };
      },
    },
  ];
}
