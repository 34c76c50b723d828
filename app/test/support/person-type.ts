export const PEOPLE = '/api/v1/entities/person';
export const UNKNOWN = '0190163d-8694-739b-aea5-966c26f8ad90';

/** A type with a field of every kind. */
export const PERSON = {
  name: 'person',
  fields: [
    { name: 'name', type: 'string', required: true, indexed: true, min_length: 2 },
    { name: 'email', type: 'email', unique: true },
    { name: 'age', type: 'integer', min: 0, indexed: true },
    { name: 'born', type: 'date' },
    { name: 'seen', type: 'datetime' },
    { name: 'level', type: 'enum', enum: ['low', 'high'], default: 'low' },
    { name: 'balance', type: 'decimal', max: '100.50' },
    { name: 'site', type: 'url' },
    { name: 'badge', type: 'uuid' },
    { name: 'active', type: 'boolean' },
    { name: 'ratio', type: 'number' },
    { name: 'notes', type: 'text', max_length: 10 },
    { name: 'extra', type: 'json' },
    { name: 'nicknames', type: 'array', items: { type: 'string', max_length: 5 }, max_length: 2 },
  ],
  links: [{ relation: 'knows', to: 'person', inverse: 'known_by' }],
};

/** A value for every field, not all in the form in which they are stored. */
export const FULL = {
  name: 'Ann',
  email: 'ann@example.org',
  age: 30,
  born: '2024-02-29',
  seen: '2026-01-01T01:30:00.250+01:00',
  level: 'high',
  balance: '100.50',
  site: 'https://example.org/a?b=c',
  badge: UNKNOWN.toUpperCase(),
  active: false,
  ratio: 0.1,
  notes: '',
  extra: { deep: [1, { two: null }] },
  nicknames: ['A', 'An'],
};
