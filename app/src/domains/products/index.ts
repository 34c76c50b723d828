import type { Domain } from '../domain.ts';
import { type RecordRoutesOptions, recordRoutes } from '../record-routes.ts';

/** Products; the catalogue that was there before had the same resource at a shorter path. */
export function productsDomain(options: RecordRoutesOptions): Domain {
  const compat = recordRoutes(options, '/products');
  return {
    name: 'products',
    summary: 'The product catalogue: public to read, written by those who have signed in.',
    routes: [
      ...recordRoutes(options),
      ...compat.map((route) => ({ ...route, operation: `${route.operation}Compat`, compat: true })),
    ],
  };
}
