import { createChangeStream, REDIS_STREAM } from './adapters/redis/change-stream.ts';
import type { Core } from './compose-core.ts';
import { followChanges } from './jobs/follow-changes.ts';
import { type Repeated, repeat } from './jobs/repeat.ts';
import { DEFAULT_ORGANISATION } from './kernel/actor.ts';
import { newUuid } from './kernel/ids.ts';
import type { Log } from './kernel/ports.ts';
import { createCheckpoints } from './table/changes/checkpoints.ts';

/** Consumers of the change log that come with the service. */
export const CONSUMERS = [REDIS_STREAM] as const;

const LOOK_EVERY_MS = 1_000;
const ORGANISATIONS_MS = 15_000;

/** Starts to deliver changes to the consumers that the settings name. */
export function deliverChanges(core: Core, log: Log): Repeated | undefined {
  const { settings, changes, store, clock, metrics } = core;
  const { CHANGE_STREAM: stream, REDIS_URL: url, REDIS_MODE: mode, REDIS_CA_FILE: caFile } = settings;
  if (!changes.feed || stream === undefined || url === undefined) return undefined;
  const consumer = createChangeStream({ url, mode, caFile, log, stream });
  const follower = followChanges({
    consumer,
    feed: changes.feed,
    checkpoints: createCheckpoints(store, consumer.name),
    organisations: organisationsOf(core),
    clock,
    log,
    meter: metrics.meter,
    // The process before this one has ended where there can only be one: its lease is this one's.
    holder: settings.STORE === 'sqlite' ? 'alone' : newUuid(clock.now()),
  });
  const working = repeat('deliver changes', LOOK_EVERY_MS, follower.work, clock, log);
  return {
    async stop() {
      await working.stop();
      await follower.release().catch((error) => log.warn('a lease was not given back', { error }));
      await consumer.close();
    },
  };
}

/** The ids of all organisations, looked up now and then. */
function organisationsOf(core: Core): () => Promise<readonly string[]> {
  let known: readonly string[] = [];
  let until = 0;
  return async () => {
    if (core.clock.now() < until) return known;
    known = await allOrganisations(core);
    until = core.clock.now() + ORGANISATIONS_MS;
    return known;
  };
}

/** The organisations that there are, and those that only issuers of tokens speak of. */
export async function allOrganisations({ accounts, settings }: Core): Promise<readonly string[]> {
  const actor = { id: 'system', organisation: DEFAULT_ORGANISATION, role: 'admin' };
  const ids = new Set(settings.JWT_TRUSTED_ISSUERS.map(({ organisation }) => organisation));
  for (let cursor: string | undefined; ; ) {
    const page = await accounts.organisations.list(actor, { limit: 1_000, ...(cursor && { cursor }) });
    for (const { id } of page.items) ids.add(id);
    if (page.next === null) return [...ids];
    cursor = page.next;
  }
}
