import type { Files } from '../../../kernel/files.ts';
import type { Log } from '../../../kernel/ports.ts';
import type { TypeDefinition } from '../../../schema/definition.ts';
import type { Cursors } from '../../../table/cursor.ts';
import type { Replies } from '../../../table/replies.ts';
import type { Route } from '../../domain.ts';
import { demandsOf } from '../access.ts';
import { createReader } from '../reader.ts';
import type { SearchLimits } from '../search/budget.ts';
import { createSearches, type Searches } from '../search/run.ts';
import { createEntities, type EntitiesOptions } from '../service.ts';
import { createDownloads } from '../transfer/download.ts';
import { patientTable } from '../transfer/patient-table.ts';
import { fileRoutes } from './file-routes.ts';
import { preparedRoutes } from './routes.ts';
import { createPrepared } from './service.ts';
import { createDownloadWorker, type DownloadWorker } from './worker.ts';

export interface PreparedDownloadsOptions extends EntitiesOptions {
  readonly log: Log;
  readonly cursors: Cursors;
  readonly replies: Replies;
  readonly builtIns: ReadonlyMap<string, TypeDefinition>;
  readonly limits?: SearchLimits | undefined;
  readonly files?: Files | undefined;
  /** Judges what is asked for. */
  readonly search: Searches;
}

/** Downloads that are prepared as files: what callers see of them, and who writes the files. */
export function preparedDownloads(options: PreparedDownloadsOptions): {
  readonly routes: readonly Route[];
  readonly worker: DownloadWorker;
} {
  const { clock, log, files, builtIns, replies } = options;
  // A file of a million rows should not fail because the store was busy for a moment.
  const table = patientTable(options.table, clock, () => {});
  const patient = { ...options, table, reader: createReader(table) };
  const entities = createEntities(patient);
  const download = createDownloads({ table, search: createSearches(patient), entities });
  const worker = createDownloadWorker({ ...options, files, download });
  const begin = () => void worker.run().catch((error) => log.warn('downloads begin later', { error }));
  const prepared = createPrepared({ ...options, files, demands: demandsOf(builtIns, 'read'), begin });
  return {
    routes: [...preparedRoutes(prepared, replies), ...(files?.served ? fileRoutes(files.served) : [])],
    worker,
  };
}
