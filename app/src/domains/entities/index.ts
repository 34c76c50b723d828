import type { Clock, Log } from '../../kernel/ports.ts';
import type { Cursors } from '../../table/cursor.ts';
import type { Replies } from '../../table/replies.ts';
import type { Table } from '../../table/table.ts';
import type { Domain } from '../domain.ts';
import { createDeletions } from './deletion.ts';
import { linkRoutes } from './link-routes.ts';
import { createLinks } from './links.ts';
import type { Reader } from './reader.ts';
import { entityRoutes } from './routes.ts';
import type { SearchLimits } from './search/budget.ts';
import { createSearches } from './search/run.ts';
import { createEntities, type DefinitionOf } from './service.ts';
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
  readonly limits?: SearchLimits | undefined;
}

/** Entities, links and search; `resume` finishes deletions that a stopped process left behind. */
export function entitiesDomain(options: EntitiesDomainOptions): Domain & { resume: () => Promise<void> } {
  const entities = createEntities(options);
  const deletions = createDeletions(options);
  const search = createSearches(options);
  const links = createLinks(options);
  return {
    name: 'entities',
    summary: 'Records of the defined types, their links, and search.',
    routes: [
      ...entityRoutes({ ...options, entities, deletions, search }),
      ...linkRoutes(links, options.replies),
      ...transferRoutes(createUploads(options), createDownloads({ ...options, search, entities })),
    ],
    resume: deletions.resume,
  };
}
