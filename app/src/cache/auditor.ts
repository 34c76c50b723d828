import { isDeepStrictEqual } from 'node:util';
import type { Clock, Log, Meter } from '../kernel/ports.ts';
import type { Cells } from './cells.ts';
import type { Hit } from './reads.ts';
import { type Representation, stampOf } from './representation.ts';

export interface AuditorOptions {
  readonly cells: Cells;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly random?: () => number;
}

/** One hit in so many is checked. */
const EVERY = 1_000;
/** A write may land between the hit and the check; one that the cache does not know of this long after is a violation. */
const PATIENCE_MS = 1_000;

/** Checks some hits against the store, after they were served. What should never happen is counted, logged and mended. */
export function createAuditor({ cells, clock, log, meter, random = Math.random }: AuditorOptions) {
  async function audit({ read, representation, load }: Hit): Promise<void> {
    if (alike(await load(), representation)) return;
    await clock.sleep(PATIENCE_MS);
    const at = { scope: read.scopes[0]!, name: read.name };
    const { cells: current, representation: kept } = await cells.look(read.scopes, at);
    if (!kept || kept.stamp !== stampOf(current) || kept.stamp !== representation.stamp) return;
    const stored = await load();
    if (alike(stored, kept)) return;
    meter.cacheEvent('violation');
    log.error('the cache was wrong', {
      operation: read.operation,
      ...at,
      had: kept.version,
      is: stored.version,
    });
    await cells.drop(read.scopes);
  }

  return (hit: Hit): void => {
    if (random() * EVERY < 1) audit(hit).catch((error) => log.warn('a hit could not be checked', { error }));
  };
}

/** Whether both say the same: cursors are sealed anew each time, and a store need not keep the order of members. */
function alike(a: Representation, b: Representation): boolean {
  return a.kind === b.kind && strongTag(a) === strongTag(b) && isDeepStrictEqual(saidBy(a), saidBy(b));
}

/** A weak tag is made of the body, which is compared anyway, with its cursor. */
const strongTag = ({ etag }: Representation) => (etag?.startsWith('W/') ? undefined : etag);

function saidBy({ body, next }: Representation): unknown {
  const text = Buffer.from(body).toString();
  return JSON.parse(next === undefined ? text : text.replace(next, ''));
}
