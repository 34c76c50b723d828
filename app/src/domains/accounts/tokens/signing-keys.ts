import type { Jwk, Jwts } from '../../../kernel/credentials.ts';
import { fail } from '../../../kernel/errors.ts';
import { newUuid } from '../../../kernel/ids.ts';
import type { Clock } from '../../../kernel/ports.ts';
import { ConditionFailed } from '../../../table/failures.ts';
import type { Item, Table } from '../../../table/table.ts';
import { SIGNING_KEYS, signingKeyKey } from '../keys.ts';

export interface SigningKeysOptions {
  readonly table: Table;
  readonly clock: Clock;
  readonly jwts: Jwts;
  /** Keys from the settings: the first signs, all verify, and none is kept in the table. */
  readonly given?: readonly Jwk[] | undefined;
}

/** The keys that sign access tokens and tell ours from others. */
export interface SigningKeys {
  /** Reads the keys, and makes the first one where there is none. */
  start(): Promise<void>;
  signer(): Jwk;
  /** The public key of this name, while tokens that it signed may be around. Asks the store, once a minute, about one it does not know. */
  find(kid: string): Promise<Jwk | undefined>;
  /** Whether a key is still good, as far as this process knows. */
  has(kid: string): boolean;
  /** All public keys: those that verify, and the one that will sign next. */
  published(): readonly Jwk[];
  /** Reads what other instances did, replaces a key that is old and removes those that are done with. */
  tend(): Promise<void>;
  /** Makes a new key. It signs after a while, or at once, and then the others are no longer good. */
  rotate(how?: { readonly atOnce: boolean }): Promise<string>;
}

interface Kept {
  readonly number: number;
  readonly jwk: Jwk;
  readonly pub: Jwk;
  readonly createdAt: number;
  readonly signsFrom: number;
}

/** The longest that an access token may be good for; see the setting. */
export const MAX_TOKEN_MS = 3_600_000;
const ROTATE_AFTER_MS = 30 * 24 * 3_600_000;
/** A new key is published for so long before it signs, so that everybody who verifies has it by then. */
const PUBLISH_MS = 600_000;
const SKEW_MS = 60_000;
const ASK_AGAIN_MS = 60_000;

export function createSigningKeys(options: SigningKeysOptions): SigningKeys {
  const { table, clock, jwts, given } = options;
  let keys: readonly Kept[] = (given ?? []).map((jwk, i) => fixed(jwk, i, jwts)).reverse();
  let askedAt = Number.NEGATIVE_INFINITY;

  /** Keys that are known keep their objects, which others hold on to. */
  async function load(): Promise<void> {
    const { items } = await table.query({ pk: SIGNING_KEYS, limit: 1_000 });
    const known = new Map(keys.map((one) => [one.jwk.kid, one]));
    keys = items.map((item) => known.get(String((item.jwk as Jwk).kid)) ?? fromItem(item, jwts));
  }

  /** Of two instances that make the same key at the same time, one wins; the other takes what it finds. */
  async function make(number: number, signsFrom: number): Promise<void> {
    const jwk = await jwts.generate(newUuid(clock.now()));
    const item: Item = {
      ...signingKeyKey(number),
      kind: 'signing-key',
      schema: 1,
      number,
      jwk: jwk as Item['jwk'],
      created_at: clock.now(),
      signs_from: signsFrom,
    };
    try {
      await table.write([{ type: 'put', item, condition: { exists: false } }]);
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
    }
  }

  /** The newest whose time has come; before that the first. */
  const current = () => keys.findLast(({ signsFrom }) => signsFrom <= clock.now()) ?? keys[0];

  /** A key verifies until the last token that it can have signed has expired. */
  function isDone(index: number): boolean {
    const successor = keys[index + 1];
    return successor !== undefined && clock.now() >= successor.signsFrom + MAX_TOKEN_MS + SKEW_MS;
  }

  const good = () => (given ? keys : keys.filter((_, index) => !isDone(index)));

  async function start(): Promise<void> {
    if (given) return;
    await load();
    if (keys.length > 0) return;
    await make(1, clock.now());
    await load();
  }

  async function rotate({ atOnce } = { atOnce: false }): Promise<string> {
    if (given) {
      throw fail(
        'conflict',
        'keys_are_given',
        'The signing keys come from JWT_PRIVATE_KEYS; change them there.',
      );
    }
    await load();
    const before = keys;
    const newest = keys.at(-1);
    const signsFrom = atOnce || !newest ? clock.now() : clock.now() + PUBLISH_MS;
    await make((newest?.number ?? 0) + 1, signsFrom);
    if (atOnce) {
      for (const { number } of before) {
        await table.write([{ type: 'delete', key: signingKeyKey(number) }]);
      }
    }
    await load();
    return keys.at(-1)?.jwk.kid ?? '';
  }

  async function tend(): Promise<void> {
    if (given) return;
    await load();
    const newest = keys.at(-1);
    if (!newest) return start();
    if (clock.now() - newest.createdAt >= ROTATE_AFTER_MS) await rotate();
    for (const { number } of keys.filter((_, index) => isDone(index))) {
      await table.write([{ type: 'delete', key: signingKeyKey(number) }]);
    }
  }

  return {
    start,
    signer() {
      const one = current();
      if (!one) throw new Error('The signing keys have not been read yet.');
      return one.jwk;
    },
    async find(kid) {
      const known = good().find(({ jwk }) => jwk.kid === kid)?.pub;
      if (known || given || clock.now() - askedAt < ASK_AGAIN_MS) return known;
      askedAt = clock.now();
      await load();
      return good().find(({ jwk }) => jwk.kid === kid)?.pub;
    },
    has: (kid) => good().some(({ jwk }) => jwk.kid === kid),
    published: () => good().map(({ pub }) => pub),
    tend,
    rotate,
  };
}

function fixed(jwk: Jwk, index: number, jwts: Jwts): Kept {
  return { number: -index, jwk, pub: jwts.publicPart(jwk), createdAt: 0, signsFrom: 0 };
}

function fromItem(item: Item, jwts: Jwts): Kept {
  const jwk = item.jwk as unknown as Jwk;
  return {
    number: Number(item.number),
    jwk,
    pub: jwts.publicPart(jwk),
    createdAt: Number(item.created_at),
    signsFrom: Number(item.signs_from),
  };
}
