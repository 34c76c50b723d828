import type { Files } from '../../kernel/files.ts';
import type { Clock, Log } from '../../kernel/ports.ts';
import type { TypeDefinition } from '../../schema/definition.ts';
import type { Cursors } from '../../table/cursor.ts';
import type { Replies } from '../../table/replies.ts';
import type { Table } from '../../table/table.ts';
import type { Domain, Route } from '../domain.ts';
import type { EntityStore } from '../record-service.ts';
import { demandsOf } from './access.ts';
import { createDeletions, type Deletions } from './deletion.ts';
import { preparedDownloads } from './downloads/index.ts';
import { linkRoutes } from './link-routes.ts';
import { createLinks } from './links.ts';
import { ownerRoutes } from './owner-routes.ts';
import type { Reader } from './reader.ts';
import { entityRoutes } from './routes.ts';
import type { SearchLimits } from './search/budget.ts';
import { createSearches, type Searches } from './search/run.ts';
import { createEntities, type DefinitionOf, type Entities, type UnknownOwners } from './service.ts';
import { createDownloads } from './transfer/download.ts';
import { createUploads } from './transfer/upload.ts';
import { transferRoutes } from './transfer-routes.ts';

export interface EntitiesDomainOptions {
  readonly table: Table;
  readonly clock: Clock;
  readonly log: Log;
  readonly cursors: Cursors;
  readonly replies: Replies;
  readonly reader: Reader;
  readonly definitionOf: DefinitionOf;
  readonly freshDefinitionOf: DefinitionOf;
  readonly typesOf: (organisation: string) => string;
  readonly unknownOwners: UnknownOwners;
  /** Types that are part of the service, by name. */
  readonly builtIns: ReadonlyMap<string, TypeDefinition>;
  readonly limits?: SearchLimits | undefined;
  /** Where prepared downloads lie; absent where there is no place for files. */
  readonly files?: Files | undefined;
}

/** Entities, links and search; `resume` finishes deletions that a stopped process left behind. */
export function entitiesDomain(options: EntitiesDomainOptions) {
  const entities = createEntities(options);
  const deletions = createDeletions(options);
  const search = createSearches(options);
  const links = createLinks(options);
  const downloads = preparedDownloads({ ...options, search });
  const routes = [
    ...entityRoutes({ ...options, entities, deletions, search }),
    ...linkRoutes(links, options.replies, options.typesOf),
    ...ownerRoutes(entities),
    ...transferRoutes(createUploads(options), createDownloads({ ...options, search, entities })),
    ...downloads.routes,
  ];
  const domain: Domain = {
    name: 'entities',
    summary: 'Records of the defined types, their links, and search.',
    routes: routes.map((route) => ({ ...route, demands: demandsFor(route) })),
  };
  const store = entityStore(entities, deletions, search);
  return { domain, store, downloads: downloads.worker, resume: deletions.resume };

  function demandsFor({ permission }: Route) {
    return demandsOf(options.builtIns, permission === 'entities:read' ? 'read' : 'write');
  }
}

/** Entities as the resources of built-in types see them. */
function entityStore(entities: Entities, deletions: Deletions, search: Searches): EntityStore {
  return {
    ...entities,
    remove: deletions.remove,
    async search(actor, type, input) {
      const { definition, found, next, partial } = await search(actor, type, input);
      return { items: found.map((each) => entities.presented(definition, each).entity), next, partial };
    },
  };
}
