import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { fail } from '../kernel/errors.ts';
import type { Clock } from '../kernel/ports.ts';
import { ConditionFailed } from './failures.ts';
import { key } from './keys.ts';
import type { Item, Key, Table } from './table.ts';

const LIFE_MS = 24 * 3600 * 1000;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Cursors are sealed (AES-256-GCM): callers can neither read nor alter them. The scope, which names the
 * organisation and the query, is authenticated with them, so a cursor opens only where it was made.
 */
export interface Cursors {
  seal(scope: readonly unknown[], position: unknown): string;
  /** Throws 400 `invalid_cursor` for anything altered, foreign or older than 24 hours. */
  open(scope: readonly unknown[], cursor: string): unknown;
}

export function createCursors(secret: Buffer, clock: Clock): Cursors {
  return {
    seal(scope, position) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', secret, nonce).setAAD(Buffer.from(JSON.stringify(scope)));
      const text = JSON.stringify([clock.now(), position]);
      return Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]).toString(
        'base64url',
      );
    },
    open(scope, cursor) {
      const [madeAt, position] = decipher(secret, scope, cursor);
      if (clock.now() - madeAt > LIFE_MS) throw invalidCursor();
      return position;
    },
  };
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
