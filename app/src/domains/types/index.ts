import type { Replies } from '../../table/replies.ts';
import type { Domain } from '../domain.ts';
import { migrationRoutes } from './migrations/routes.ts';
import type { Migrations } from './migrations/service.ts';
import { typeRoutes } from './routes.ts';
import type { Types } from './service.ts';

export function typesDomain(types: Types, migrations: Migrations, replies: Replies): Domain {
  return {
    name: 'entity types',
    summary: 'Types of records that users define while the service runs.',
    routes: [...typeRoutes(types, replies), ...migrationRoutes(migrations, replies)],
  };
}
