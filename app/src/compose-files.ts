import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createFolderFiles } from './adapters/folder-files.ts';
import type { Settings } from './config.ts';
import type { Files } from './kernel/files.ts';
import type { Clock } from './kernel/ports.ts';
import { sharedSecret } from './table/cursor.ts';
import type { Table } from './table/table.ts';

export interface FilesParts {
  readonly settings: Settings;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly table: Table;
  readonly clock: Clock;
  /** Whether nothing of it is to be kept. */
  readonly isTemporary: boolean;
}

/**
 * Where prepared downloads lie: in a bucket where one is named; otherwise, in the embedded edition, in a folder beside the
 * SQLite file. Many instances without a bucket have no place that all of them see.
 */
export async function composeFiles(parts: FilesParts): Promise<Files | undefined> {
  const { settings, env, table, clock, isTemporary } = parts;
  const { AWS_REGION: region = 'us-east-1', DOWNLOAD_BUCKET: bucket, S3_ENDPOINT: endpoint } = settings;
  if (bucket !== undefined) {
    // Only here, because it takes a tenth of a second and memory of which other editions have no use.
    const { createS3Files } = await import('./adapters/s3-files.ts');
    return createS3Files({ bucket, region, endpoint, env, clock });
  }
  if (settings.STORE !== 'sqlite') return undefined;
  const folder = isTemporary
    ? await mkdtemp(join(tmpdir(), 'cadastre-downloads-'))
    : join(dirname(settings.SQLITE_PATH), 'downloads');
  return createFolderFiles({ folder, secret: await sharedSecret(table, 'files'), clock, isTemporary });
}
