import { crc32 } from 'node:zlib';
import type { Content } from '../kernel/read-through.ts';
import { TOKEN_LENGTH, type Token } from './tokens.ts';

/**
 * A finished answer as it lies in the cache: a fixed header, the tokens that were current when its reading began,
 * and the parts of the answer. Serving it takes no parsing: the body is a slice.
 *
 *     0 format  1 kind  2 number of tokens  3 length of etag  4 length of cursor (16 bit)  6 unused
 *     8 CRC-32 of all behind the header  12 length of body  16 version  24 fresh until  32 expires at  40 tokens ...
 */
const HEADER = 40;
const FORMAT = 1;
const AT = { kind: 1, tokens: 2, etag: 3, next: 4, crc: 8, body: 12, version: 16, fresh: 24, expires: 32 };

/** An answer, or the code and sentence of a known absence. */
export type Kind = 'value' | 'absence';

export interface Representation extends Content {
  readonly kind: Kind;
  /** The tokens, one behind the other, in the order of the scopes. */
  readonly stamp: string;
  /** Unix milliseconds after which it should be made anew, and from which on it must not be used. */
  readonly freshUntil: number;
  readonly expiresAt: number;
}

export function stampOf(tokens: readonly Token[]): string {
  return tokens.join('');
}

export function encode(one: Representation): Buffer {
  const tail = Buffer.from(one.stamp + (one.etag ?? '') + (one.next ?? ''), 'latin1');
  const bytes = Buffer.allocUnsafe(HEADER + tail.length + one.body.length);
  bytes.fill(0, 0, HEADER);
  bytes[0] = FORMAT;
  bytes[AT.kind] = one.kind === 'value' ? 1 : 0;
  bytes[AT.tokens] = one.stamp.length / TOKEN_LENGTH;
  bytes[AT.etag] = one.etag?.length ?? 0;
  bytes.writeUInt16BE(one.next?.length ?? 0, AT.next);
  bytes.writeUInt32BE(one.body.length, AT.body);
  bytes.writeDoubleBE(one.version ?? Number.NaN, AT.version);
  bytes.writeDoubleBE(one.freshUntil, AT.fresh);
  bytes.writeDoubleBE(one.expiresAt, AT.expires);
  tail.copy(bytes, HEADER);
  bytes.set(one.body, HEADER + tail.length);
  bytes.writeUInt32BE(crc32(bytes.subarray(HEADER)), AT.crc);
  return bytes;
}

/** Reads what `encode` made; undefined for anything else, which then counts as a miss. */
export function decode(given: Uint8Array): Representation | undefined {
  const bytes = Buffer.from(given.buffer, given.byteOffset, given.byteLength);
  if (bytes.length < HEADER || bytes[0] !== FORMAT) return undefined;
  const etagAt = HEADER + bytes[AT.tokens]! * TOKEN_LENGTH;
  const nextAt = etagAt + bytes[AT.etag]!;
  const bodyAt = nextAt + bytes.readUInt16BE(AT.next);
  if (bytes.length !== bodyAt + bytes.readUInt32BE(AT.body)) return undefined;
  if (crc32(bytes.subarray(HEADER)) !== bytes.readUInt32BE(AT.crc)) return undefined;
  const version = bytes.readDoubleBE(AT.version);
  return {
    kind: bytes[AT.kind] === 1 ? 'value' : 'absence',
    stamp: bytes.toString('latin1', HEADER, etagAt),
    ...(nextAt > etagAt && { etag: bytes.toString('latin1', etagAt, nextAt) }),
    ...(bodyAt > nextAt && { next: bytes.toString('latin1', nextAt, bodyAt) }),
    ...(!Number.isNaN(version) && { version }),
    freshUntil: bytes.readDoubleBE(AT.fresh),
    expiresAt: bytes.readDoubleBE(AT.expires),
    body: bytes.subarray(bodyAt),
  };
}
