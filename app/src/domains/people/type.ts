import { pointer } from '../../kernel/errors.ts';
import { builtInType } from '../../schema/built-in.ts';

const DAY_MS = 86_400_000;
const name = { type: 'string', required: true, indexed: true, min_length: 1, max_length: 200 } as const;

/** People are kept apart by their uuid alone: namesakes are common, and so are shared birthdays. */
export const peopleType = builtInType({
  name: 'people',
  description: 'Persons, with what is known of them.',
  fields: [
    { ...name, name: 'person_name' },
    { ...name, name: 'person_surname' },
    { name: 'person_birthdate', type: 'date', required: true, indexed: true, min: '1800-01-01' },
    { name: 'person_address', type: 'string', required: true, min_length: 1, max_length: 1000 },
  ],
  links: [{ relation: 'works_for', to: 'organisations', inverse: 'staff' }],
  rules: {
    check({ person_birthdate: born }, now) {
      // Somewhere on earth it is tomorrow already.
      const latest = new Date(now + DAY_MS / 2).toISOString().slice(0, 10);
      if (typeof born !== 'string' || born <= latest) return [];
      const detail = 'Must not be in the future.';
      return [{ pointer: pointer('fields', 'person_birthdate'), code: 'in_the_future', detail }];
    },
  },
});
