import { redisUrl } from './redis-server.ts';
import { s3Endpoint, TEST_BUCKET } from './s3-server.ts';
import { dynamoTable, sqliteTable, type TableFactory } from './tables.ts';

/** The stores with the caches that go with them, as settings for the service. */
const EDITIONS: [string, TableFactory][] = [
  [
    'SQLite with memory',
    async (options) => ({ ...(await sqliteTable(options)), settings: { CACHE: 'memory' } }),
  ],
  [
    'SQLite without a cache',
    async (options) => ({ ...(await sqliteTable(options)), settings: { CACHE: 'off' } }),
  ],
  [
    'DynamoDB with Redis',
    async (options) => {
      const fresh = await dynamoTable(options);
      const settings = {
        STORE: 'dynamodb',
        DYNAMODB_TABLE: fresh.name,
        CACHE: 'redis',
        REDIS_URL: redisUrl(),
        DOWNLOAD_BUCKET: TEST_BUCKET,
        S3_ENDPOINT: s3Endpoint(),
      };
      return { ...fresh, settings };
    },
  ],
];

/** Declares the same tests once for each store and cache that the service can run with. */
export function onEveryEdition(name: string, declare: (factory: TableFactory) => void): void {
  describe.each(EDITIONS)(`${name}, %s`, (_edition, factory) => declare(factory));
}
