import type { Domain } from '../domain.ts';
import { type RecordRoutesOptions, recordRoutes } from '../record-routes.ts';
import { bondCompatRoutes } from './compat-routes.ts';
import { createBonds } from './service.ts';
import { subscriberRoutes } from './subscriber-routes.ts';

export function bondsDomain(options: RecordRoutesOptions & { readonly probe: () => Promise<void> }): Domain {
  const bonds = createBonds(options.records);
  return {
    name: 'bonds',
    summary: 'Charge-back bonds between accounts, also at the paths at which they were kept before.',
    routes: [
      ...recordRoutes(options),
      ...subscriberRoutes(bonds, options.replies),
      ...bondCompatRoutes({ ...options, bonds }),
    ],
  };
}
