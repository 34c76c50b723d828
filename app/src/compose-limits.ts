import { createMemoryLimiter } from './adapters/limiter-memory.ts';
import { createRedisLimiter } from './adapters/limiter-redis.ts';
import { namespaceOf } from './compose-cache.ts';
import type { Settings } from './config.ts';
import type { Clock, Limiter, Log, Meter } from './kernel/ports.ts';
import type { Table } from './table/table.ts';

export interface LimitsParts {
  readonly settings: Settings;
  readonly table: Table;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}

/** Builds the counter of requests that the settings ask for: shared where there is a Redis, none where nothing is limited. */
export async function composeLimiter({
  settings,
  table,
  clock,
  log,
  meter,
}: LimitsParts): Promise<Limiter | undefined> {
  const limits = [
    settings.RATE_LIMIT_ADDRESS,
    settings.RATE_LIMIT_USER,
    settings.RATE_LIMIT_KEY,
    settings.RATE_LIMIT_ORGANISATION,
    settings.RATE_LIMIT_SIGN_IN,
  ];
  if (Math.max(...limits) === 0) return undefined;
  const { REDIS_URL: url, REDIS_MODE: mode, REDIS_CA_FILE: caFile } = settings;
  if (url === undefined) return createMemoryLimiter(clock);
  const namespace = await namespaceOf(settings, table);
  return createRedisLimiter({ url, mode, caFile, namespace, clock, log, meter });
}
