import Joi from 'joi';
import { conditionsFor, type RecordKind } from '../record-kind.ts';
import { peopleType } from './type.ts';

const text = Joi.string().max(200);
const date = Joi.string().max(10).example('1980-02-29');

export const people: RecordKind = {
  definition: peopleType,
  path: '/api/v1/people',
  noun: 'person',
  permission: { read: 'people:read', write: 'people:write' },
  hasTags: false,
  filters: {
    person_surname: text.description('Only people of this surname.'),
    person_surname_prefix: text.description('Only people whose surname begins so.'),
    person_name: text.description('Only people of this name.'),
    born_from: date.description('Only people born on this day or later.'),
    born_to: date.description('Only people born on this day or earlier.'),
  },
  conditions: (query) => [
    ...conditionsFor(query, '=', { person_surname: 'person_surname', person_name: 'person_name' }),
    ...conditionsFor(query, '^=', { person_surname_prefix: 'person_surname' }),
    ...conditionsFor(query, '>=', { born_from: 'person_birthdate' }),
    ...conditionsFor(query, '<=', { born_to: 'person_birthdate' }),
  ],
};
