import Joi from 'joi';
import { fieldsSchema } from '../schema/json-schema.ts';
import { once, type Replies } from '../table/replies.ts';
import type { Answer, Call, Route } from './domain.ts';
import { JSON_PATCH, jsonPatch, patched } from './json-patch.ts';
import type { RecordKind } from './record-kind.ts';
import type { Records, Shown } from './record-service.ts';
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
  timestamp,
  uuid,
} from './shapes.ts';

const tags = Joi.array().items(Joi.string().max(100)).max(50);
const patchTypes = ['application/json', 'application/merge-patch+json', JSON_PATCH];
const sort = Joi.string().max(200).description('An indexed field; `-field` for descending.');

export interface RecordRoutesOptions {
  readonly records: Records;
  readonly replies: Replies;
  /** The scope of a record, and that of all listings. */
  readonly scopes: {
    readonly ofMember: (organisation: string, uuid: string) => string;
    readonly ofCollection: (organisation: string, type: string) => string;
  };
}

/** What the flat records of a kind look like: in a body, in an answer. Values are judged by the type. */
export function recordShapes({ definition, hasTags, noun }: RecordKind) {
  const { properties, required = [] } = fieldsSchema(definition) as {
    properties: Record<string, object>;
    required?: string[];
  };
  const members = Object.fromEntries(
    Object.entries(properties).map(([name, json]) => [name, Joi.any().meta({ json })]),
  );
  const own = { ...members, ...(hasTags && { tags }) };
  const { keyField } = definition.rules ?? {};
  const needed = required.filter((name) => name !== keyField);
  const input = Joi.object(own).meta({ json: { required: needed } });
  const patch = Joi.object(own);
  const view = Joi.object({
    uuid: uuid.required(),
    ...own,
    version: Joi.number().integer().required(),
    created_at: timestamp.required(),
    updated_at: timestamp.required(),
  }).meta({ component: capitalised(noun) });
  return { input, patch, view };
}

export const capitalised = (text: string) => text[0]!.toUpperCase() + text.slice(1);

/** The v1 resource of a kind of record, or the same at another path. */
export function recordRoutes(
  { records, replies, scopes }: RecordRoutesOptions,
  path = records.kind.path,
): Route[] {
  const { definition, noun, permission, hasTags, filters, conditions } = records.kind;
  const { name: type, rules } = definition;
  const idName = rules?.keyField ?? 'uuid';
  const shapes = recordShapes(records.kind);
  const one = Joi.string().max(200).description(`The ${idName} of the ${noun}.`);
  const params = { [idName]: idName === 'uuid' ? uuid : one };
  const idOf = ({ params: given }: Call) => given[idName]!;
  const answer = ({ record, etag }: Shown, status = 200): Answer => ({ status, body: record, etag });
  const operation = (verb: string) => `${verb}${capitalised(noun)}`;
  const reads = { permission: permission.read };
  const writes = {
    permission: permission.write,
    ...(rules?.signedIn && { demands: () => ['signed_in' as const] }),
  };
  const query = Joi.object({
    ...filters,
    ...(hasTags && { tags: commaSeparated('Only records with all of these tags') }),
    sort,
    limit,
    cursor,
  });

  const create = (call: Call) => {
    const reply = ({ record, etag }: Shown) => createdReply(record, `${path}/${record[idName]}`, etag);
    return once(
      replies,
      onceOf(call, operation('create')),
      async (remember) => reply(await records.create(call.actor, call.body, (made) => remember(reply(made)))),
      replayed,
    );
  };

  async function list(call: Call): Promise<Answer> {
    const { tags: wanted, sort: order, limit: size, cursor: from, ...rest } = call.query;
    const listing = { tags: splitCommas(wanted) ?? [], sort: order, limit: size, cursor: from };
    return pageAnswer(await records.list(call.actor, conditions(rest), listing), (record) => record);
  }

  return [
    {
      ...writes,
      method: 'POST',
      path,
      operation: operation('create'),
      summary: `Create a ${noun}.`,
      body: { kind: 'json', schema: shapes.input },
      responses: { 201: { description: 'As created.', schema: shapes.view } },
      failures: [409, 422],
      handler: create,
    },
    {
      ...reads,
      method: 'GET',
      path,
      operation: `list${capitalised(type)}`,
      summary: `List and look up ${type}.`,
      query,
      cache: ({ actor }) => [scopes.ofCollection(actor.organisation, type)],
      responses: { 200: { description: 'A page of them.', schema: pageOf(shapes.view) } },
      handler: list,
    },
    {
      ...reads,
      method: 'GET',
      path: `${path}/:${idName}`,
      operation: operation('get'),
      summary: `Read a ${noun}.`,
      params,
      cache: (call) => [scopes.ofMember(call.actor.organisation, records.refOf(idOf(call)).uuid)],
      responses: { 200: { description: `The ${noun}.`, schema: shapes.view } },
      failures: [404],
      handler: async (call) => answer(await records.get(call.actor, idOf(call))),
    },
    {
      ...writes,
      method: 'PUT',
      path: `${path}/:${idName}`,
      operation: operation('replace'),
      summary: `Replace a ${noun}.`,
      description: 'With `If-None-Match: *` it is created under this id instead.',
      params,
      body: { kind: 'json', schema: shapes.input },
      responses: {
        200: { description: 'As replaced.', schema: shapes.view },
        201: { description: 'As created.', schema: shapes.view },
      },
      failures: [404, 409, 412, 422],
      async handler(call) {
        const { created, ...made } = await records.replace(call.actor, idOf(call), call.body, call);
        return answer(made, created ? 201 : 200);
      },
    },
    {
      ...writes,
      method: 'PATCH',
      path: `${path}/:${idName}`,
      operation: operation('change'),
      summary: `Change a ${noun} by a JSON merge patch (null removes a value) or a JSON Patch.`,
      params,
      body: { kind: 'json', schema: Joi.alternatives(shapes.patch, jsonPatch), types: patchTypes },
      responses: { 200: { description: 'As changed.', schema: shapes.view } },
      failures: [404, 409, 412, 422],
      handler: async (call) =>
        answer(await records.change(call.actor, idOf(call), call, patched(call.mediaType, call.body))),
    },
    {
      ...writes,
      method: 'DELETE',
      path: `${path}/:${idName}`,
      operation: operation('delete'),
      summary: `Delete a ${noun} and its links.`,
      params,
      responses: { 204: { description: 'Deleted.' } },
      failures: [404, 409, 412],
      async handler(call) {
        await records.remove(call.actor, idOf(call), call.ifMatch);
        return { status: 204 };
      },
    },
  ];
}
