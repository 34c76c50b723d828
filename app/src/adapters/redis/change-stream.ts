import type { Change } from '../../table/changes/change.ts';
import type { Consumer } from '../../table/changes/consumer.ts';
import { type LinkOptions, openLink } from './link.ts';

export interface ChangeStreamOptions extends LinkOptions {
  /** Key of the stream. */
  readonly stream: string;
}

export const REDIS_STREAM = 'redis-stream';

/** About so many entries are kept, some 200 bytes each; who is further behind reads the change log itself. */
const LENGTH = 100_000;

/**
 * Relays changes into a Redis stream: an entry for each, all of a batch or none. An entry may come again after a failure;
 * its `id` tells. Changes that were missed are told by an entry of kind `gap`.
 */
export function createChangeStream({ stream, ...options }: ChangeStreamOptions): Consumer {
  const link = openLink(options);

  async function add(entries: readonly (readonly string[])[]): Promise<void> {
    const transaction = link.client.multi();
    for (const fields of entries) transaction.xadd(stream, 'MAXLEN', '~', LENGTH, '*', ...fields);
    const results = await transaction.exec();
    const failed = results?.find(([error]) => error);
    if (!results || failed) throw failed?.[0] ?? new Error('The transaction was not run.');
  }

  return {
    name: REDIS_STREAM,
    deliver: (changes) => add(changes.map(fieldsOf)),
    missed: (organisation) => add([['kind', 'gap', 'organisation', organisation]]),
    async close() {
      link.close();
    },
  };
}

function fieldsOf({ id, at, organisation, kind, change, type, uuid, version }: Change): string[] {
  const fields = { id, at, organisation, kind, change, type, uuid };
  return [...Object.entries(fields).flat(), ...(version === null ? [] : ['version', String(version)])];
}
