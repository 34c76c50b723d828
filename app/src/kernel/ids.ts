import { randomFillSync } from 'node:crypto';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** True for the canonical (lower-case, hyphenated) form of any UUID. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

const random = new Uint8Array(4096);
let used = random.length;

/** Eight hex digits from the system's random source, fetched in blocks because each call costs microseconds. */
function hex8(): string {
  if (used + 4 > random.length) {
    randomFillSync(random);
    used = 0;
  }
  let value = 0;
  for (let i = 0; i < 4; i++) value = value * 256 + random[used++]!;
  return value.toString(16).padStart(8, '0');
}

let lastMs = 0;
let counter = 0;

/**
 * A new UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, then a 12-bit counter so that the ids of one process
 * sort in the order they were made, then 62 random bits.
 */
export function newUuid(nowMs: number): string {
  if (nowMs > lastMs) {
    lastMs = nowMs;
    counter = Number.parseInt(hex8().slice(0, 3), 16) & 0x7ff; // half the range: room to count up
  } else if (++counter > 0xfff) {
    lastMs += 1; // the counter is full or the clock stands still: borrow from the next millisecond
    counter = 0;
  }
  const time = lastMs.toString(16).padStart(12, '0');
  const tail = hex8() + hex8();
  const variant = ((Number.parseInt(tail.slice(0, 1), 16) & 0x3) | 0x8).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, '0')}-${variant}${tail.slice(1, 4)}-${hex8()}${tail.slice(4, 8)}`;
}
