import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { fail } from '../kernel/errors.ts';
import type { Clock } from '../kernel/ports.ts';
import { ConditionFailed } from './failures.ts';
import { key } from './keys.ts';
import type { Item, Key, Table } from './table.ts';

const HOUR_MS = 3600 * 1000;
const LIFE_MS = 24 * HOUR_MS;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Cursors are sealed (AES-256-GCM): callers can neither read nor alter them. The scope, which names the
 * organisation and the query, is authenticated with them, so a cursor opens only where it was made. Within an hour the
 * same place has the same cursor, so that a page that did not change is the same page to whoever asks with its ETag.
 */
export interface Cursors {
  seal(scope: readonly unknown[], position: unknown): string;
  /** Throws 400 `invalid_cursor` for anything altered, foreign or older than 24 hours and the hour it was made in. */
  open(scope: readonly unknown[], cursor: string): unknown;
}

export function createCursors(secret: Buffer, clock: Clock): Cursors {
  return {
    seal(scope, position) {
      const where = JSON.stringify(scope);
      const now = clock.now();
      const text = JSON.stringify([now - (now % HOUR_MS), position]);
      const nonce = nonceOf(secret, where, text);
      const cipher = createCipheriv('aes-256-gcm', secret, nonce).setAAD(Buffer.from(where));
      return Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]).toString(
        'base64url',
      );
    },
    open(scope, cursor) {
      const [madeAt, position] = decipher(secret, scope, cursor);
      if (clock.now() - madeAt >= LIFE_MS + HOUR_MS) throw invalidCursor();
      return position;
    },
  };
}

/** Follows from all that is sealed: no two different texts share one, which is what the cipher needs. */
function nonceOf(secret: Buffer, where: string, text: string): Buffer {
  const digest = createHmac('sha256', secret)
    .update(JSON.stringify(['nonce', where, text]))
    .digest();
  return digest.subarray(0, NONCE_BYTES);
}

function decipher(secret: Buffer, scope: readonly unknown[], cursor: string): [number, unknown] {
  const bytes = Buffer.from(cursor, 'base64url');
  if (bytes.length <= NONCE_BYTES + TAG_BYTES || bytes.toString('base64url') !== cursor)
    throw invalidCursor();
  try {
    const plain = createDecipheriv('aes-256-gcm', secret, bytes.subarray(0, NONCE_BYTES))
      .setAAD(Buffer.from(JSON.stringify(scope)))
      .setAuthTag(bytes.subarray(-TAG_BYTES));
    const text = Buffer.concat([plain.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), plain.final()]);
    return JSON.parse(text.toString());
  } catch {
    throw invalidCursor();
  }
}

function invalidCursor() {
  const detail = 'The cursor is damaged, too old, or belongs to another query; start again without it.';
  return fail('malformed', 'invalid_cursor', detail, {
    errors: [{ pointer: 'cursor', code: 'invalid_cursor', detail }],
  });
}

/** The secret that all instances on one table share: made by the first that needs it. */
export async function sharedSecret(table: Table, name: string): Promise<Buffer> {
  const at = { pk: key('system', 'secrets'), sk: key(name) };
  // Nearly always it is there: a start needs no write, which others could be in the way of.
  const known = await table.get(at);
  return Buffer.from(String((known ?? (await makeSecret(table, at)))?.value), 'base64');
}

async function makeSecret(table: Table, at: Key): Promise<Item | undefined> {
  const made = randomBytes(32).toString('base64');
  const item = { ...at, kind: 'secret', schema: 1, value: made };
  try {
    await table.write([{ type: 'put', item, condition: { exists: false } }]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
  return table.get(at);
}
