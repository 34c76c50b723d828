import { createHash, randomFillSync } from 'node:crypto';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** True for the canonical (lower-case, hyphenated) form of any UUID. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const random = new Uint8Array(4096);
let used = random.length;

/** A byte from the system's random source, which is asked for thousands at once because a call costs microseconds. */
function randomByte(): number {
  if (used === random.length) {
    randomFillSync(random);
    used = 0;
  }
  return random[used++]!;
}

const randomHex = () => HEX[randomByte()]!;

/** Makes a new UUIDv7 at a time in Unix milliseconds. */
export type NewUuid = (nowMs: number) => string;

/**
 * UUIDv7s (RFC 9562): 48 bits of Unix milliseconds, then a 12-bit counter so that the ids of one maker
 * sort in the order they were made, then 62 random bits.
 */
export function createUuids(): NewUuid {
  let lastMs = 0;
  let counter = 0;
  /** The part of an id that stays the same within a millisecond, with the version behind it. */
  let start = '';

  /** Counts up. A full counter, or a clock that stands still or goes back, borrows from the next millisecond. */
  function tick(nowMs: number): void {
    if (nowMs <= lastMs && counter < 0xfff) {
      counter += 1;
      return;
    }
    // Starting in the lower half leaves room to count up.
    counter = nowMs > lastMs ? ((randomByte() & 0x7) << 8) | randomByte() : 0;
    lastMs = Math.max(nowMs, lastMs + 1);
    start = startOf(lastMs);
  }

  return (nowMs) => {
    tick(nowMs);
    const count = HEX[counter >> 8]![1]! + HEX[counter & 0xff]!;
    const variant = HEX[(randomByte() & 0x3f) | 0x80]!;
    const tail = randomHex() + randomHex() + randomHex() + randomHex() + randomHex() + randomHex();
    return `${start}${count}-${variant}${randomHex()}-${tail}`;
  };
}

/** A new UUIDv7; all that this process makes so sort in the order they were made. */
export const newUuid: NewUuid = createUuids();

function startOf(ms: number): string {
  const time = ms.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7`;
}

/** The first of all UUIDv7s of a millisecond. */
export const firstUuidAt = (ms: number): string => `${startOf(ms)}000-8000-000000000000`;

/** The millisecond that a UUIDv7 tells. */
export const timeOfUuid = (uuid: string): number => Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16);

/** The uuid that these parts always have: version 8 of RFC 9562 over their SHA-256. */
export function namedUuid(...parts: readonly string[]): string {
  const hex = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  const variant = ((Number.parseInt(hex[16]!, 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
