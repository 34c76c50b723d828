/**
 * After this long nobody writes any more by the definition of before. An upload may try to write rows that it planned
 * 5 s ago five times, each for up to 7 s, with pauses of 4.4 s in all; the write that decides takes up to 8 s.
 */
export const GRACE_MS = 60_000;
