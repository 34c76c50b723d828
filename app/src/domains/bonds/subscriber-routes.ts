import Joi from 'joi';
import { once, type Replies } from '../../table/replies.ts';
import type { Call, Route } from '../domain.ts';
import { createdReply, onceOf, replayed } from '../shapes.ts';
import { bonds as kind } from './kind.ts';
import { type Bonds, subscribersOf } from './service.ts';
import type { Subscriber } from './subscribers.ts';

const text = Joi.any().meta({ json: { type: 'string', maxLength: 200 } });
const members = {
  sid: text,
  name: text,
  email: Joi.any().meta({ json: { type: 'string', format: 'email' } }),
};
const input = Joi.object(members).meta({ json: { required: ['sid', 'name', 'email'] } });
const replacement = Joi.object(members).meta({ json: { required: ['name', 'email'] } });
export const subscriberView = Joi.object({
  sid: Joi.string().required(),
  name: Joi.string().required(),
  email: Joi.string().required(),
}).meta({ component: 'Subscriber' });

const id = Joi.string().max(200);
export const bondParams = { bond_id: id.description('The id of the bond.') };
export const subscriberParams = { ...bondParams, sid: id.description('The id of the subscriber.') };

/** The subscribers of a bond as resources of their own. */
export function subscriberRoutes(bonds: Bonds, replies: Replies): Route[] {
  const base = `${kind.path}/:bond_id/subscribers`;
  const permission = kind.permission.write;

  const create = (call: Call) => {
    const { bond_id } = call.params;
    return once(
      replies,
      onceOf(call, 'createSubscriber'),
      async (remember) => {
        const subscriber = call.body as Subscriber;
        const reply = createdReply(subscriber, `${kind.path}/${bond_id}/subscribers/${subscriber.sid}`);
        await bonds.add(call.actor, bond_id!, subscriber, { overwrite: false, also: () => remember(reply) });
        return reply;
      },
      replayed,
    );
  };

  return [
    {
      method: 'POST',
      path: base,
      operation: 'createSubscriber',
      summary: 'Add a subscriber to a bond.',
      permission,
      params: bondParams,
      body: { kind: 'json', schema: input },
      responses: { 201: { description: 'The subscriber.', schema: subscriberView } },
      failures: [404, 409, 422],
      handler: create,
    },
    {
      method: 'PUT',
      path: `${base}/:sid`,
      operation: 'putSubscriber',
      summary: 'Add a subscriber to a bond, or replace it.',
      permission,
      params: subscriberParams,
      body: { kind: 'json', schema: replacement },
      responses: { 200: { description: 'The subscriber.', schema: subscriberView } },
      failures: [404, 412, 422],
      async handler({ actor, params, body, ifMatch }) {
        const sid = params.sid!;
        const { record } = await bonds.add(
          actor,
          params.bond_id!,
          { sid, ...body },
          { overwrite: true, ifMatch, sid },
        );
        return { status: 200, body: subscribersOf(record)[sid] };
      },
    },
    {
      method: 'DELETE',
      path: `${base}/:sid`,
      operation: 'deleteSubscriber',
      summary: 'Take a subscriber from a bond.',
      permission,
      params: subscriberParams,
      responses: { 204: { description: 'Removed.' } },
      failures: [404, 412],
      async handler({ actor, params, ifMatch }) {
        await bonds.remove(actor, params.bond_id!, params.sid!, { ifMatch });
        return { status: 204 };
      },
    },
  ];
}
