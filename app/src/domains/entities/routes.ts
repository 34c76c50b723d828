import Joi from 'joi';
import type { Replies } from '../../table/replies.ts';
import { once } from '../../table/replies.ts';
import type { Answer, Call, Route } from '../domain.ts';
import { JSON_PATCH, jsonPatch } from '../json-patch.ts';
import { createdReply, onceOf, pageAnswer, pageOf, replayed, typeName, uuid } from '../shapes.ts';
import type { Deletions } from './deletion.ts';
import { collectionOf, memberOf } from './keys.ts';
import type { EntityRef } from './model.ts';
import { patcher } from './patches.ts';
import { fromBody, fromQuery } from './search/input.ts';
import type { SearchInput } from './search/request.ts';
import type { Searches } from './search/run.ts';
import type { Entities, Presented } from './service.ts';
import {
  entityInput,
  entityPatch,
  entityReplacement,
  entityView,
  explanation,
  searchBody,
  searchQuery,
} from './shapes.ts';

export interface EntityRoutesOptions {
  readonly entities: Entities;
  readonly deletions: Deletions;
  readonly search: Searches;
  readonly replies: Replies;
  /** The scope of an organisation's type definitions. */
  readonly typesOf: (organisation: string) => string;
}

export const refOf = ({ params }: Call): EntityRef => ({ type: params.type!, uuid: params.uuid! });
const typeParams = { type: typeName };
export const entityParams = { type: typeName, uuid };
const one = ({ entity, etag }: Presented, status = 200): Answer => ({ status, body: entity, etag });
const foundPage = pageOf(entityView).keys({ explain: explanation });
const patchTypes = ['application/json', 'application/merge-patch+json', JSON_PATCH];

/** An entity is shown as its type says; a listing, besides, as all entities of its type are. */
function createScopes(typesOf: (organisation: string) => string) {
  const ofEntity = ({ actor, params }: Call) => [
    memberOf(actor.organisation, params.uuid!),
    typesOf(actor.organisation),
  ];
  const ofListing = ({ actor, params, query, body }: Call) =>
    (query.explain ?? body?.explain)
      ? undefined // tells what this very search has read
      : [collectionOf(actor.organisation, params.type!), typesOf(actor.organisation)];
  return { ofEntity, ofListing };
}

/** The v1 routes of entities and search; with another base, the paths the registry had before. */
export function entityRoutes(options: EntityRoutesOptions): Route[] {
  const { entities, deletions, search, replies } = options;
  const { ofEntity, ofListing } = createScopes(options.typesOf);
  const create = (base: string) => (call: Call) => {
    const { type, uuid: chosen } = call.params;
    const reply = ({ entity, etag }: Presented) =>
      createdReply(entity, `${base}/${type}/${entity.uuid}`, etag);
    return once(
      replies,
      onceOf(call, 'createEntity'),
      async (remember) => {
        const made = await entities.create(call.actor, type!, call.body, (it) => remember(reply(it)), chosen);
        return reply(made);
      },
      replayed,
    );
  };

  async function answerSearch(call: Call, input: SearchInput): Promise<Answer> {
    const {
      definition,
      found,
      next,
      partial,
      explanation: how,
    } = await search(call.actor, call.params.type!, input);
    const answer = pageAnswer(
      { items: found, next, partial },
      (each) => entities.presented(definition, each).entity,
    );
    return input.explain ? { ...answer, body: { ...(answer.body as object), explain: how } } : answer;
  }

  const routes = (base: string, named: (operation: string) => string): Route[] => [
    {
      method: 'GET',
      path: `${base}/:type/search`,
      operation: named('searchEntities'),
      summary: 'Search the entities of a type by fields, tags, links and uuids.',
      permission: 'entities:read',
      params: typeParams,
      query: searchQuery,
      cache: ofListing,
      responses: { 200: { description: 'A page of what was found.', schema: foundPage } },
      failures: [404],
      handler: (call) => answerSearch(call, fromQuery(call.query)),
    },
    {
      method: 'POST',
      path: `${base}/:type/search`,
      operation: named('searchEntitiesByBody'),
      summary: 'Search by a JSON form of the same conditions.',
      permission: 'entities:read',
      params: typeParams,
      body: { kind: 'json', schema: searchBody },
      cache: ofListing,
      responses: { 200: { description: 'A page of what was found.', schema: foundPage } },
      failures: [404],
      handler: (call) => answerSearch(call, fromBody(call.body)),
    },
    {
      method: 'POST',
      path: `${base}/:type`,
      operation: named('createEntity'),
      summary: 'Create an entity, with its links in the same transaction.',
      permission: 'entities:write',
      params: typeParams,
      body: { kind: 'json', schema: entityInput },
      responses: { 201: { description: 'The entity, as created.', schema: entityView } },
      failures: [404, 409, 422],
      handler: create(base),
    },
    {
      method: 'GET',
      path: `${base}/:type`,
      operation: named('listEntities'),
      summary: 'List the entities of a type in the order of their creation.',
      description: 'Takes the same conditions as a search.',
      permission: 'entities:read',
      params: typeParams,
      query: searchQuery,
      cache: ofListing,
      responses: { 200: { description: 'A page of entities.', schema: foundPage } },
      failures: [404],
      handler: (call) => answerSearch(call, fromQuery(call.query)),
    },
    {
      method: 'GET',
      path: `${base}/:type/:uuid`,
      operation: named('getEntity'),
      summary: 'Read an entity.',
      permission: 'entities:read',
      params: entityParams,
      cache: ofEntity,
      responses: { 200: { description: 'The entity.', schema: entityView } },
      failures: [404],
      handler: async (call) => one(await entities.get(call.actor, refOf(call))),
    },
    {
      method: 'PUT',
      path: `${base}/:type/:uuid`,
      operation: named('replaceEntity'),
      summary: 'Replace the fields, tags and owners of an entity.',
      description: 'With `If-None-Match: *` the entity is created under this uuid instead.',
      permission: 'entities:write',
      params: entityParams,
      body: { kind: 'json', schema: entityReplacement },
      responses: {
        200: { description: 'The entity, as replaced.', schema: entityView },
        201: { description: 'The entity, as created.', schema: entityView },
      },
      failures: [404, 409, 412, 422],
      handler: async (call) => {
        const { created, ...result } = await entities.replace(call.actor, refOf(call), call.body, call);
        return one(result, created ? 201 : 200);
      },
    },
    {
      method: 'PATCH',
      path: `${base}/:type/:uuid`,
      operation: named('changeEntity'),
      summary: 'Change an entity by a JSON merge patch (null removes a value) or a JSON Patch.',
      permission: 'entities:write',
      params: entityParams,
      body: { kind: 'json', schema: Joi.alternatives(entityPatch, jsonPatch), types: patchTypes },
      responses: { 200: { description: 'The entity, as changed.', schema: entityView } },
      failures: [404, 409, 412, 422],
      handler: async (call) =>
        one(await entities.change(call.actor, refOf(call), call, patcher(call.mediaType, call.body))),
    },
    {
      method: 'DELETE',
      path: `${base}/:type/:uuid`,
      operation: named('deleteEntity'),
      summary: 'Delete an entity and its links, as the relations that point to it say.',
      permission: 'entities:write',
      params: entityParams,
      responses: { 204: { description: 'Deleted.' } },
      failures: [404, 409, 412],
      handler: async (call) => {
        await deletions.remove(call.actor, refOf(call), call.ifMatch);
        return { status: 204 };
      },
    },
  ];
  const createUnder: Route = {
    method: 'POST',
    path: '/entity/:type/:uuid',
    operation: 'createEntityUnderCompat',
    summary: 'Create an entity under a uuid of the caller’s choice.',
    permission: 'entities:write',
    params: entityParams,
    body: { kind: 'json', schema: entityInput },
    responses: { 201: { description: 'The entity, as created.', schema: entityView } },
    failures: [404, 409, 422],
    handler: create('/entity'),
  };
  return [
    ...routes('/api/v1/entities', (operation) => operation),
    ...[...routes('/entity', (operation) => `${operation}Compat`), createUnder].map((route) => ({
      ...route,
      compat: true,
    })),
  ];
}
