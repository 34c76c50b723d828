import Joi from 'joi';
import type { Answer, Call, Route } from '../domain.ts';
import { OWNER_KINDS, type OwnerKind } from './access.ts';
import type { Owners } from './model.ts';
import { entityParams, refOf } from './routes.ts';
import type { Entities } from './service.ts';
import { entityView } from './shapes.ts';

const params = {
  ...entityParams,
  kind: Joi.valid(...OWNER_KINDS).description('Whether a user, a group or an organisation owns.'),
  owner: Joi.string().max(200).description('Uuid of the user or group, id of the organisation.'),
};

/** Owners one at a time; a patch of the entity changes them together. */
export function ownerRoutes(entities: Entities): Route[] {
  const changed =
    (next: (owners: readonly string[], owner: string) => readonly string[]) =>
    async (call: Call): Promise<Answer> => {
      const kind = call.params.kind as OwnerKind;
      const { entity, etag } = await entities.change(
        call.actor,
        refOf(call),
        call,
        ({ fields, tags, owners }) => ({
          fields,
          tags,
          owners: { ...owners, [kind]: next(owners[kind], call.params.owner!) } satisfies Owners,
        }),
      );
      return { status: 200, body: entity, etag };
    };
  const shared = {
    path: '/api/v1/entities/:type/:uuid/owners/:kind/:owner',
    permission: 'entities:write',
    params,
    responses: { 200: { description: 'The entity, as changed.', schema: entityView } },
  } as const;
  return [
    {
      ...shared,
      method: 'PUT',
      operation: 'addOwner',
      summary: 'Make somebody an owner of an entity.',
      description: 'From the first owner on, only owners and administrators may change the entity.',
      failures: [404, 409, 412, 422],
      handler: changed((owners, owner) => (owners.includes(owner) ? owners : [...owners, owner])),
    },
    {
      ...shared,
      method: 'DELETE',
      operation: 'removeOwner',
      summary: 'Take an owner of an entity away; the last one stays.',
      failures: [404, 409, 412],
      handler: changed((owners, owner) => owners.filter((one) => one !== owner)),
    },
  ];
}
