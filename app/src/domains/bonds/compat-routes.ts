import Joi from 'joi';
import type { Actor } from '../../kernel/actor.ts';
import { Failure, fail } from '../../kernel/errors.ts';
import { detailAnswer, inOtherWords } from '../detail-answers.ts';
import type { Answer, Call, Route } from '../domain.ts';
import { everyRecord } from '../every-record.ts';
import type { Condition, FlatRecord } from '../record-kind.ts';
import type { RecordRoutesOptions } from '../record-routes.ts';
import { bonds as kind } from './kind.ts';
import type { Bonds } from './service.ts';
import { bondParams, subscriberParams, subscriberView } from './subscriber-routes.ts';
import type { Subscriber } from './subscribers.ts';

const MEMBERS = [
  'bond_id',
  'host_account_id',
  'sub_account_id',
  'host_cost_center',
  'sub_cost_center',
  'subscribers',
] as const;
const SUBSCRIBER_MEMBERS = ['sid', 'name', 'email'] as const;

const text = Joi.string().required();
const view = Joi.object({
  ...Object.fromEntries(MEMBERS.slice(0, -1).map((name) => [name, text])),
  subscribers: Joi.object().pattern(Joi.string(), subscriberView).required(),
}).meta({ component: 'BondCompat' });
const body = Joi.object().unknown();
const query = Joi.object({
  account_id: Joi.string().max(200).description('Bonds of this account; goes before a cost center.'),
  cost_center_id: Joi.string().max(200).description('Bonds of accounts of this cost center.'),
  by_host: Joi.boolean().default(true).description('Whether that is the host side, or the subscriber side.'),
});

type Body = Readonly<Record<string, unknown>>;

/** Members that nobody knows were ignored. */
const pick = (given: Body, names: readonly string[]) =>
  Object.fromEntries(names.filter((name) => given[name] !== undefined).map((name) => [name, given[name]]));

const shown = (record: FlatRecord) => ({ ...pick(record, MEMBERS), subscribers: record.subscribers ?? {} });
const ok = (record: FlatRecord): Answer => ({ status: 200, body: shown(record) });

/** Runs it, and says that there is no such bond as it was said before. */
async function ofBond<T>(id: string, also: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'not_found') throw error;
    throw inOtherWords(error, `Bond ${id} not found.${also}`);
  }
}

export interface BondCompatOptions extends RecordRoutesOptions {
  readonly bonds: Bonds;
  /** Rejects when the store is ill. */
  readonly probe: () => Promise<void>;
}

/** Bonds at the paths, and in the shapes, codes and sentences, of the registry that kept them before. */
export function bondCompatRoutes({ records, bonds, scopes, probe }: BondCompatOptions): Route[] {
  const { read, write } = kind.permission;
  const answers = { responses: { 200: { description: 'The bond.', schema: view } } };
  const shared = { compat: true, refuse: detailAnswer } as const;

  async function create({ actor, body: given }: Call): Promise<Answer> {
    const bond = pick(given, MEMBERS);
    try {
      return ok((await records.create(actor, bond)).record);
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'name_taken') throw error;
      const isId = error.errors.some(({ pointer }) => pointer === '/bond_id');
      const { bond_id, host_account_id, sub_account_id } = bond;
      const what = isId ? `bond_id=${bond_id}` : `accounts ${host_account_id}, ${sub_account_id}`;
      throw inOtherWords(error, `Bond already exists: ${what}`);
    }
  }

  async function lookUp({ actor, query: asked }: Call): Promise<Answer> {
    const found = await everyRecord(records, actor, conditionsOf(asked));
    return { status: 200, body: found.map(shown) };
  }

  const change = (actor: Actor, id: string, given: Body) =>
    ofBond(id, '', () => records.change(actor, id, {}, (bond) => ({ ...bond, ...pick(given, MEMBERS) })));

  /** What is not there was deleted as well, unless the caller is strict about it. */
  async function remove({ actor, params, isStrict }: Call): Promise<Answer> {
    await records.remove(actor, params.bond_id!).catch((error) => {
      if (!(error instanceof Failure) || error.code !== 'not_found') throw error;
      if (isStrict) throw inOtherWords(error, `Bond ${params.bond_id} not found.`);
    });
    return { status: 200, body: null };
  }

  const addSubscriber = ({ actor, params, body: given }: Call) => {
    const subscriber = pick(given, SUBSCRIBER_MEMBERS) as unknown as Subscriber;
    const also = ` Cannot add subscriber ${subscriber.sid}.`;
    return ofBond(params.bond_id!, also, () =>
      bonds.add(actor, params.bond_id!, subscriber, { overwrite: true }),
    );
  };

  const removeSubscriber = ({ actor, params }: Call) => {
    const { bond_id, sid } = params;
    const also = ` Cannot remove subscriber ${sid}.`;
    return ofBond(bond_id!, also, () => bonds.remove(actor, bond_id!, sid!, { mayMiss: true }));
  };

  return [
    {
      ...shared,
      method: 'GET',
      path: '/health_check',
      operation: 'healthCheckCompat',
      summary: 'Whether the store answers.',
      permission: 'public',
      responses: { 200: { description: 'It does.', schema: Joi.string() } },
      async handler() {
        await probe();
        return { status: 200, body: 'OK' };
      },
      refuse: (failure) => ({ ...detailAnswer(failure), status: failure.kind === 'unavailable' ? 500 : 400 }),
    },
    {
      ...shared,
      ...answers,
      method: 'POST',
      path: '/bonds',
      operation: 'createBondCompat',
      summary: 'Create a bond.',
      permission: write,
      body: { kind: 'json', schema: body },
      handler: create,
    },
    {
      ...shared,
      method: 'GET',
      path: '/bonds',
      operation: 'findBondsCompat',
      summary: 'All bonds of an account or of a cost center.',
      permission: read,
      query,
      cache: ({ actor }) => [scopes.ofCollection(actor.organisation, kind.definition.name)],
      responses: { 200: { description: 'The bonds.', schema: Joi.array().items(view) } },
      handler: lookUp,
    },
    {
      ...shared,
      ...answers,
      method: 'GET',
      path: '/bonds/:bond_id',
      operation: 'getBondCompat',
      summary: 'Read a bond.',
      permission: read,
      params: bondParams,
      cache: ({ actor, params }) => [
        scopes.ofMember(actor.organisation, records.refOf(params.bond_id!).uuid),
      ],
      handler: async ({ actor, params }) =>
        ok((await ofBond(params.bond_id!, '', () => records.get(actor, params.bond_id!))).record),
    },
    {
      ...shared,
      ...answers,
      method: 'PUT',
      path: '/bonds/:bond_id',
      operation: 'changeBondCompat',
      summary: 'Change what is given of a bond.',
      permission: write,
      params: bondParams,
      body: { kind: 'json', schema: body },
      handler: async ({ actor, params, body: given }) =>
        ok((await change(actor, params.bond_id!, given)).record),
    },
    {
      ...shared,
      method: 'DELETE',
      path: '/bonds/:bond_id',
      operation: 'deleteBondCompat',
      summary: 'Delete a bond, if there is one.',
      permission: write,
      params: bondParams,
      responses: { 200: { description: 'Gone.', schema: Joi.any() } },
      failures: [404],
      handler: remove,
      refuse: (failure) => ({
        ...detailAnswer(failure),
        ...(failure.code === 'not_found' && { status: 404 }),
      }),
    },
    {
      ...shared,
      ...answers,
      method: 'POST',
      path: '/bonds/:bond_id/subscribers',
      operation: 'addSubscriberCompat',
      summary: 'Add a subscriber to a bond, or replace it.',
      permission: write,
      params: bondParams,
      body: { kind: 'json', schema: body },
      handler: async (call) => ok((await addSubscriber(call)).record),
    },
    {
      ...shared,
      ...answers,
      method: 'DELETE',
      path: '/bonds/:bond_id/subscribers/:sid',
      operation: 'removeSubscriberCompat',
      summary: 'Take a subscriber from a bond, if it has it.',
      permission: write,
      params: subscriberParams,
      handler: async (call) => ok((await removeSubscriber(call)).record),
    },
  ];
}

/** The account goes before the cost center; without either there is nothing to look up by. */
function conditionsOf({
  account_id,
  cost_center_id,
  by_host,
}: Readonly<Record<string, string | boolean>>): Condition[] {
  const side = by_host ? 'host' : 'sub';
  if (account_id !== undefined) return [{ name: `${side}_account_id`, operator: '=', value: account_id }];
  if (cost_center_id !== undefined) {
    return [{ name: `${side}_cost_center`, operator: '=', value: cost_center_id }];
  }
  throw fail('malformed', 'invalid_query', 'Name an account_id or a cost_center_id.');
}
