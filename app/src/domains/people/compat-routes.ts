import Joi from 'joi';
import type { Failure } from '../../kernel/errors.ts';
import type { Answer, Call, Route } from '../domain.ts';
import { everyRecord } from '../every-record.ts';
import { conditionsFor } from '../record-kind.ts';
import type { RecordRoutesOptions } from '../record-routes.ts';
import { people } from './kind.ts';

const MEMBERS = ['person_name', 'person_surname', 'person_birthdate', 'person_address'] as const;
const member = Joi.any().meta({ json: { type: 'string' } });
/** Members that nobody knows were ignored. */
const body = Joi.object(Object.fromEntries(MEMBERS.map((name) => [name, member]))).unknown();
const shown = Joi.object(Object.fromEntries(MEMBERS.map((name) => [name, Joi.string().required()])));

const pick = (record: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(MEMBERS.map((name) => [name, record[name]]));

const STATUS: Partial<Record<Failure['kind'], number>> = {
  unauthenticated: 401,
  forbidden: 403,
  too_large: 413,
  media_type: 415,
  limited: 429,
  unavailable: 500,
};

/** Failures as `{ "error": ... }`. */
function refuse({ kind, message, errors }: Failure): Answer {
  const rules = errors.map(({ pointer, detail }) => `${pointer.slice(1)}: ${detail}`);
  const error = rules.length === 0 ? message : rules.join(' ');
  return { status: STATUS[kind] ?? 400, body: { error } };
}

/** People as they were written and read before there were versions of this API. */
export function peopleCompatRoutes({ records, scopes }: RecordRoutesOptions): Route[] {
  async function list({ actor, query }: Call): Promise<Answer> {
    const conditions = conditionsFor(query, '=', { person_surname: 'person_surname' });
    const found = await everyRecord(records, actor, conditions);
    return { status: 200, body: found.map(pick) };
  }
  return [
    {
      method: 'POST',
      path: '/data',
      operation: 'createPersonCompat',
      summary: 'Keep what is known of a person.',
      permission: people.permission.write,
      compat: true,
      body: { kind: 'json', schema: body },
      responses: { 200: { description: 'What was kept.', schema: shown } },
      async handler({ actor, body: given }) {
        const { record } = await records.create(actor, pick(given));
        return { status: 200, body: pick(record) };
      },
      refuse,
    },
    {
      method: 'GET',
      path: '/data',
      operation: 'findPeopleCompat',
      summary: 'The people of a surname.',
      permission: people.permission.read,
      compat: true,
      query: Joi.object({ person_surname: Joi.string().max(200).required() }),
      cache: ({ actor }) => [scopes.ofCollection(actor.organisation, people.definition.name)],
      responses: { 200: { description: 'All of them.', schema: Joi.array().items(shown) } },
      handler: list,
      refuse,
    },
  ];
}
