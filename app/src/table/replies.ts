import { createHash } from 'node:crypto';
import { fail } from '../kernel/errors.ts';
import type { Clock } from '../kernel/ports.ts';
import { key } from './keys.ts';
import type { Step } from './steps.ts';
import type { Table } from './table.ts';

const KEPT_SECONDS = 24 * 3600;
/** Kind of the items that remember a reply. */
export const REPLY = 'reply';

/** What one `Idempotency-Key` stands for: the caller's own key, on one operation, for one request. */
export interface Once {
  readonly organisation: string;
  readonly caller: string;
  readonly operation: string;
  readonly key: string;
  /** The whole request: the same key with another one is refused. */
  readonly request: unknown;
}

export interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly etag?: string;
  readonly location?: string;
}

/**
 * Remembered replies of requests that carry an idempotency key. The reply is written in the transaction
 * that does the work, so it exists if and only if the work was done.
 */
export interface Replies {
  /** The reply given before, if any. Throws 422 `idempotency_mismatch` if the request differs. */
  find(once: Once): Promise<Reply | undefined>;
  /** The step that remembers the reply; it fails with `AlreadyDone` if another request was faster. */
  remember(once: Once, reply: Reply): Step;
}

const alreadyDone = fail(
  'conflict',
  'in_progress',
  'A request with this Idempotency-Key was just completed.',
  {
    retryAfter: 1,
  },
);

/**
 * `settle` runs before a reply is given again: the process that did the work may have died before readers were sure
 * to see it. The scopes that it is given come from whoever wrote the work (`scopes` of the stored item).
 */
export function createReplies(
  table: Table,
  clock: Clock,
  settle: (scopes: readonly string[]) => Promise<void>,
): Replies {
  return {
    async find(once) {
      const item = await table.get(addressOf(once));
      if (!item) return undefined;
      if (item.request === hashOf(once)) {
        await settle((item.scopes ?? []) as string[]);
        const { body, ...reply } = item.reply as unknown as Reply & { body: string };
        return { ...reply, body: JSON.parse(body) };
      }
      throw fail('invalid', 'idempotency_mismatch', 'This Idempotency-Key was used for a different request.');
    },
    remember(once, reply) {
      const expires_at = Math.floor(clock.now() / 1000) + KEPT_SECONDS;
      const request = hashOf(once);
      // Kept as text: what users store is none of the table's business here.
      const kept = { ...reply, body: JSON.stringify(reply.body) };
      const item = { ...addressOf(once), kind: REPLY, schema: 1, expires_at, request, reply: kept };
      return { action: { type: 'put', item, condition: { exists: false } }, otherwise: alreadyDone };
    },
  };
}

/** Does the work once: a repeated request gets the first one's reply, also when both run at the same time. */
export async function once<T>(
  replies: Replies,
  of: Once | undefined,
  work: (remember: (reply: Reply) => Step[]) => Promise<T>,
  replay: (reply: Reply) => T,
): Promise<T> {
  if (!of) return work(() => []);
  const before = await replies.find(of);
  if (before) return replay(before);
  try {
    return await work((reply) => [replies.remember(of, reply)]);
  } catch (error) {
    const meanwhile = await replies.find(of);
    if (!meanwhile) throw error;
    return replay(meanwhile);
  }
}

function addressOf({ organisation, caller, operation, key: name }: Once) {
  return { pk: key(organisation, 'reply', caller, operation, name), sk: 'reply' };
}

function hashOf({ request }: Once): string {
  return createHash('sha256').update(JSON.stringify(request)).digest('base64url');
}
