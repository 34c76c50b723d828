import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { StandardRetryStrategy } from '@smithy/core/retry';
import { localCredentials } from '../aws-credentials.ts';
import { createHttpHandler, type HttpHandlerOptions } from './http-handler.ts';

export interface ClientOptions {
  readonly region: string;
  /** Another place than AWS, such as a local engine. */
  readonly endpoint?: string | undefined;
  /** The environment, to see whether it brings credentials. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

const HTTP: HttpHandlerOptions = { connections: 128, connectMs: 300, requestMs: 800, idleMs: 20_000 };
const RETRY_BASE_MS = 25;
const RETRY_CAP_MS = 200;

/**
 * The SDK's client with every timeout and retry pinned: its defaults wait for ever, allow fewer sockets, and
 * change between versions.
 */
export function dynamoClient({ region, endpoint, env }: ClientOptions): DynamoDBClient {
  const client = new DynamoDBClient({
    region,
    ...(endpoint !== undefined && { endpoint }),
    ...localCredentials(endpoint, env),
    retryStrategy: new StandardRetryStrategy({ maxAttempts: 3, backoff: fullJitter }),
    requestHandler: createHttpHandler(HTTP),
    // The middlewares are put together once, not anew for every call: below they get their final form.
    cacheMiddleware: true,
  });
  // It copies every request and answer for a logger that is not there, which costs as much as a small read.
  client.middlewareStack.remove('loggerMiddleware');
  return client;
}

/** The same delays after throttling as after other errors: 0 to 25, 50, ... 200 ms. */
const fullJitter = {
  setDelayBase() {},
  computeNextBackoffDelay: (attempt: number) =>
    Math.random() * Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** attempt),
};
