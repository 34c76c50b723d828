import type { Clock, Log } from '../../../kernel/ports.ts';
import { createRecent } from '../../../kernel/recent.ts';
import { ConditionFailed } from '../../../table/failures.ts';
import type { Table } from '../../../table/table.ts';
import { apiKeyOwnerKey } from '../keys.ts';

export interface KeyOwner {
  readonly organisation: string;
  readonly user: string;
}

/** Whose API keys are, and when they were last used. */
export interface KeyUse {
  /** Undefined for no key of ours. Whose a key is never changes; whether it is good is asked elsewhere. */
  ownerOf(id: string): Promise<KeyOwner | undefined>;
  /** Takes notice of a use. It is written soon, at most once a minute for a key, and nobody waits for it. */
  note(id: string): void;
  /** By id; undefined for a key that was never used. */
  lastUses(ids: readonly string[]): Promise<(string | undefined)[]>;
  /** Resolves once what was noted is written. */
  settled(): Promise<void>;
}

const MAX_REMEMBERED = 20_000;
const WRITE_EVERY_MS = 60_000;

export function createKeyUse(table: Table, clock: Clock, log: Log): KeyUse {
  const owners = createRecent<KeyOwner>(MAX_REMEMBERED);
  const written = createRecent<number>(MAX_REMEMBERED);
  const writing = new Set<Promise<void>>();

  /** Another instance may have written it a moment ago; that does for all. */
  async function write(id: string, now: number): Promise<void> {
    const key = apiKeyOwnerKey(id);
    const item = await table.get(key);
    if (!item) return;
    const before = item.last_used_at as string | undefined;
    if (before !== undefined && now - Date.parse(before) < WRITE_EVERY_MS) {
      written.set(id, Date.parse(before));
      return;
    }
    const set = { last_used_at: new Date(now).toISOString() };
    const condition =
      before === undefined ? { missing: ['last_used_at'] } : { equals: { last_used_at: before } };
    await table.write([{ type: 'update', key, set, condition }]);
  }

  return {
    async ownerOf(id) {
      const known = owners.get(id);
      if (known) return known;
      const item = await table.get(apiKeyOwnerKey(id));
      if (!item) return undefined;
      const owner = { organisation: String(item.organisation), user: String(item.user) };
      owners.set(id, owner);
      return owner;
    },
    note(id) {
      const now = clock.now();
      if (now - (written.get(id) ?? Number.NEGATIVE_INFINITY) < WRITE_EVERY_MS) return;
      written.set(id, now);
      const done = write(id, now)
        .catch((error) => {
          if (!(error instanceof ConditionFailed))
            log.warn('the last use of an API key was not written', { error });
        })
        .finally(() => writing.delete(done));
      writing.add(done);
    },
    async lastUses(ids) {
      const items = await table.getMany(ids.map(apiKeyOwnerKey));
      return items.map((item) => item?.last_used_at as string | undefined);
    },
    async settled() {
      await Promise.all(writing);
    },
  };
}
