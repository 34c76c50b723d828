/** Numbers that are the same for the same seed, and a shared clock: what makes runs comparable. */
export interface Random {
  /** From 0 to 1. */
  (): number;
  between(least: number, most: number): number;
  pick<T>(list: readonly T[]): T;
  /** In another order, as a new list. */
  shuffled<T>(list: readonly T[]): T[];
}

/** Draws numbers from a seed (mulberry32). */
export function randomFrom(seed: number): Random {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return Object.assign(next, {
    between: (least: number, most: number) => least + next() * (most - least),
    pick: <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!,
    shuffled<T>(list: readonly T[]): T[] {
      const left = [...list];
      return list.map(() => left.splice(Math.floor(next() * left.length), 1)[0]!);
    },
  });
}

/** Draws positions from 0 to `count - 1`, small ones more often: the n-th by 1/n to the power of `slope`. */
export function zipf(random: Random, count: number, slope: number): () => number {
  const sums: number[] = [];
  let total = 0;
  for (let rank = 1; rank <= count; rank++) {
    total += 1 / rank ** slope;
    sums.push(total);
  }
  return () => {
    const wanted = random() * total;
    return sums.findIndex((sum) => wanted < sum);
  };
}

/** Milliseconds of the machine's own clock, which never jumps and is the same in every process. */
export const now = () => Number(process.hrtime.bigint()) / 1e6;
