import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** An S3-compatible server on this machine, which checks signatures and how long they last. */
export interface S3Server {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** The bucket that it has. */
export const TEST_BUCKET = 'cadastre-downloads';

interface S3rver {
  run(): Promise<{ readonly port: number }>;
  close(): Promise<void>;
}

/** Starts the server of the npm package `@20minutes/s3rver` on a free port; it knows the sample credentials. */
export async function startS3Server(): Promise<S3Server> {
  const require = createRequire(import.meta.url);
  const Server = require('@20minutes/s3rver') as new (options: object) => S3rver;
  const { DUMMY_ACCOUNT } = require('@20minutes/s3rver/lib/models/account');
  DUMMY_ACCOUNT.createKeyPair('sample', 'sample');
  const directory = await mkdtemp(join(tmpdir(), 's3-'));
  const configureBuckets = [{ name: TEST_BUCKET }];
  const server = new Server({ address: '127.0.0.1', port: 0, silent: true, directory, configureBuckets });
  const { port } = await server.run();
  return {
    endpoint: `http://127.0.0.1:${port}`,
    async stop() {
      await server.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Address of the S3-compatible server of this test run. */
export function s3Endpoint(): string {
  const { S3_TEST_ENDPOINT, S3_TEST_PROBLEM } = process.env;
  if (S3_TEST_ENDPOINT) return S3_TEST_ENDPOINT;
  throw new Error(S3_TEST_PROBLEM ?? 'No S3-compatible server: S3_TEST_ENDPOINT is not set.');
}
