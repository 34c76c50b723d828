import type { Domain } from '../domain.ts';
import { type RecordRoutesOptions, recordRoutes } from '../record-routes.ts';
import { peopleCompatRoutes } from './compat-routes.ts';

export function peopleDomain(options: RecordRoutesOptions): Domain {
  return {
    name: 'people',
    summary: 'Persons, also under the path at which they were kept before.',
    routes: [...recordRoutes(options), ...peopleCompatRoutes(options)],
  };
}
