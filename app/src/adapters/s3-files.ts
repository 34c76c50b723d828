import { Readable } from 'node:stream';
import { DeleteObjectCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { Files } from '../kernel/files.ts';
import type { Clock } from '../kernel/ports.ts';
import { localCredentials } from './aws-credentials.ts';
import { filesUnavailable } from './files-failure.ts';

export interface S3FilesOptions {
  readonly bucket: string;
  readonly region: string;
  /** Another place than AWS, such as a local server. */
  readonly endpoint?: string | undefined;
  /** The environment, to see whether it brings credentials. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
}

const PREFIX = 'downloads/';
/** 10,000 parts are allowed, so a file may have 80 GB. Two of them are in memory at a time. */
const PART_BYTES = 8 * 1024 * 1024;
const PARTS_AT_ONCE = 2;

/** Keeps files in a bucket, which hands them out itself to who brings a signed link. */
export function createS3Files({ bucket, region, endpoint, env, clock }: S3FilesOptions): Files {
  const client = new S3Client({
    region,
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
    ...localCredentials(endpoint, env),
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 300, requestTimeout: 30_000, throwOnRequestTimeout: true },
  });
  const addressOf = (id: string) => ({ Bucket: bucket, Key: `${PREFIX}${id}` });

  return {
    async write({ id, contentType }, content) {
      const Body = Readable.from(content, { objectMode: false });
      const params = { ...addressOf(id), Body, ContentType: contentType };
      // What fails half-way is aborted, so that no parts of it are left to be paid for.
      const upload = new Upload({ client, params, partSize: PART_BYTES, queueSize: PARTS_AT_ONCE });
      await told(() => upload.done());
    },
    async link({ id, name, contentType }, until) {
      const command = new GetObjectCommand({
        ...addressOf(id),
        ResponseContentDisposition: `attachment; filename="${name}"`,
        ResponseContentType: contentType,
      });
      const expiresIn = Math.max(1, Math.floor((until - clock.now()) / 1000));
      return told(() => getSignedUrl(client, command, { expiresIn, signingDate: new Date(clock.now()) }));
    },
    async remove(id) {
      await told(() => client.send(new DeleteObjectCommand(addressOf(id))));
    },
    async close() {
      client.destroy();
    },
  };
}

async function told<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw filesUnavailable(error);
  }
}
