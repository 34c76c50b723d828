import Joi from 'joi';
import { indexedByDefault } from '../../schema/define.ts';
import type { TypeDefinition } from '../../schema/definition.ts';
import { once, type Replies } from '../../table/replies.ts';
import type { Answer, Call, Route } from '../domain.ts';
import {
  commaSeparated,
  createdReply,
  cursor,
  limit,
  onceOf,
  pageAnswer,
  pageOf,
  replayed,
  splitCommas,
  typeName,
} from '../shapes.ts';
import { typesOf } from './keys.ts';
import { etagOf, type TypeInput, type Types } from './service.ts';
import { typeChange, typeInput, typeView } from './shapes.ts';

const params = { name: typeName };
const query = Joi.object({ limit, cursor, tags: commaSeparated('Only types with all of these tags') });
const cache = ({ actor }: Call) => [typesOf(actor.organisation)];
const changeTypes = ['application/json', 'application/merge-patch+json'];

const removal = Joi.object({
  force: Joi.boolean().default(false).description('Deletes the entities of the type, too.'),
});
const forceDescription = `With \`force\` the type and its entities are absent as soon as this is answered, however many they are. They
are cleared away behind that, with their links; the name is free for a new type a minute later, or when that has ended.
Types that declare links to this one stay in the way.`;

/** Clients of the old paths search by any field without having said so. */
const searchable = ({ fields, ...rest }: TypeInput): TypeInput =>
  fields ? { ...rest, fields: indexedByDefault(fields) } : rest;

/** What a caller sees. Lists what leaves, so that nothing else can. */
function present(type: TypeDefinition) {
  const { uuid, name, description, tags, fields, links, version, organisation, created_at, updated_at } =
    type;
  return { uuid, name, description, tags, fields, links, version, organisation, created_at, updated_at };
}

/** The v1 routes of entity types, and the paths under which the registry had them before. */
export function typeRoutes(types: Types, replies: Replies): Route[] {
  const create = (base: string, inputOf: (body: TypeInput) => TypeInput) => (call: Call) =>
    once(
      replies,
      onceOf(call, 'createEntityType'),
      async (remember) => {
        const reply = (made: TypeDefinition) =>
          createdReply(present(made), `${base}/${made.name}`, etagOf(made));
        const made = await types.create(call.actor, inputOf(call.body), (type) => remember(reply(type)));
        return reply(made);
      },
      replayed,
    );
  const one = (type: TypeDefinition): Answer => ({ status: 200, body: present(type), etag: etagOf(type) });
  const list = async (call: Call) => {
    const { tags, ...rest } = call.query;
    return pageAnswer(await types.list(call.actor, { ...rest, tags: splitCommas(tags) }), present);
  };
  const get = async (call: Call) => one(await types.get(call.actor.organisation, call.params.name!));
  const change = async (call: Call) =>
    one(await types.change(call.actor, call.params.name!, call.body, call.ifMatch));
  const remove = async (call: Call): Promise<Answer> => {
    await types.remove(call.actor, call.params.name!, { ifMatch: call.ifMatch, force: call.query.force });
    return { status: 204 };
  };

  const routes = (
    base: string,
    named: (operation: string) => string,
    inputOf: (body: TypeInput) => TypeInput,
  ): Route[] => [
    {
      method: 'POST',
      path: base,
      operation: named('createEntityType'),
      summary: 'Define an entity type.',
      permission: 'types:write',
      body: { kind: 'json', schema: typeInput },
      responses: { 201: { description: 'The type, as defined.', schema: typeView } },
      failures: [409, 422],
      handler: create(base, inputOf),
    },
    {
      method: 'GET',
      path: base,
      operation: named('listEntityTypes'),
      summary: 'List the entity types.',
      permission: 'types:read',
      query,
      cache,
      responses: { 200: { description: 'A page of types.', schema: pageOf(typeView) } },
      handler: list,
    },
    {
      method: 'GET',
      path: `${base}/:name`,
      operation: named('getEntityType'),
      summary: 'Read an entity type.',
      permission: 'types:read',
      params,
      cache,
      responses: { 200: { description: 'The type.', schema: typeView } },
      failures: [404],
      handler: get,
    },
    {
      method: 'PATCH',
      path: `${base}/:name`,
      operation: named('changeEntityType'),
      summary: 'Change texts, tags, fields, limits or links of an entity type.',
      permission: 'types:write',
      params,
      body: { kind: 'json', schema: typeChange, types: changeTypes },
      responses: { 200: { description: 'The type, as changed.', schema: typeView } },
      failures: [404, 409, 412, 422],
      handler: change,
    },
    {
      method: 'DELETE',
      path: `${base}/:name`,
      operation: named('deleteEntityType'),
      summary: 'Delete an entity type that has no entities or, if forced, with all of them.',
      description: forceDescription,
      permission: 'types:write',
      demands: (_params, { force }) => (force ? ['entities:write'] : []),
      params,
      query: removal,
      responses: { 204: { description: 'Deleted.' } },
      failures: [404, 409, 412],
      handler: remove,
    },
  ];
  const compat = routes('/entityType', (operation) => `${operation}Compat`, searchable);
  return [
    ...routes(
      '/api/v1/entity-types',
      (operation) => operation,
      (body) => body,
    ),
    ...compat.map((route) => ({ ...route, compat: true })),
  ];
}
