/** Chance that repeats itself: the same seed gives the same choices, on every machine. */
export interface Random {
  /** From 0 to 1, without 1. */
  next(): number;
  /** A whole number from 0 to `count`, without `count`. */
  below(count: number): number;
  between(from: number, to: number): number;
  chance(part: number): boolean;
  pick<T>(list: readonly T[]): T;
}

/** Mulberry32 behind a scrambled seed, so that neighbouring seeds have nothing in common. */
export function createRandom(seed: number): Random {
  let state = scramble(seed);

  function next(): number {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  const below = (count: number) => Math.floor(next() * count);
  return {
    next,
    below,
    between: (from, to) => from + next() * (to - from),
    chance: (part) => next() < part,
    pick: (list) => list[below(list.length)]!,
  };
}

function scramble(seed: number): number {
  let mixed = Math.imul(seed | 0, 0x9e3779b1) ^ Math.floor(seed / 2 ** 32);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  return (mixed ^ (mixed >>> 13)) | 0;
}
