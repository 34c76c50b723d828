import { builtInType } from '../../schema/built-in.ts';

/** Organisations that records speak of, such as suppliers; whose accounts they are is another matter. */
export const organisationsType = builtInType({
  name: 'organisations',
  description: 'Organisations that other records are linked to, such as suppliers and employers.',
  fields: [
    { name: 'name', type: 'string', required: true, unique: true, min_length: 1, max_length: 200 },
    { name: 'website', type: 'url' },
    { name: 'description', type: 'text', max_length: 4000 },
  ],
});
