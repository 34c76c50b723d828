import { setTimeout as wait } from 'node:timers/promises';
import { clash, type FaultKind, spanOf } from './faults.ts';
import type { FaultSpan } from './history.ts';
import { now, type Random } from './random.ts';
import type { World } from './world.ts';

export interface ScheduleOptions {
  readonly kinds: readonly FaultKind[];
  readonly random: Random;
  /** How long to leave the world alone between two faults of a lane, at least and at most. */
  readonly gapMs: readonly [number, number];
  readonly isOver: () => boolean;
  /** How often each kind happens at the most; for ever unless given. */
  readonly rounds?: number | undefined;
}

/** At most so many faults at once. */
const LANES = 2;
const LOOK_MS = 50;
const ATTEMPTS = 5;
const ATTEMPTS_APART_MS = 200;

/** Rotates through all kinds of faults, each once a round, until it is over; at its end all faults have ended. */
export async function runFaults(world: World, options: ScheduleOptions): Promise<FaultSpan[]> {
  const { kinds, random, gapMs, isOver, rounds = Number.POSITIVE_INFINITY } = options;
  const spans: FaultSpan[] = [];
  const under = new Set<FaultKind>();
  let round: FaultKind[] = [];
  let begun = 0;
  const isDone = () => isOver() || (round.length === 0 && begun === rounds);

  /** The next kind of the round that can be together with what is under way. */
  function take(): FaultKind | undefined {
    if (round.length === 0) {
      round = random.shuffled(kinds);
      begun += 1;
    }
    const at = round.findIndex((kind) => ![...under].some((other) => clash(kind, other)));
    return at < 0 ? undefined : round.splice(at, 1)[0];
  }

  async function runOne(kind: FaultKind): Promise<void> {
    under.add(kind);
    const started = now();
    try {
      const { detail, end } = await kind.begin(world, random);
      await pause(random.between(...kind.ms));
      await persistently(end);
      spans.push(spanOf(kind, detail)(started, now()));
    } catch (error) {
      throw new Error(`The fault "${kind.name}" went wrong.`, { cause: error });
    } finally {
      under.delete(kind);
    }
  }

  async function pause(ms: number): Promise<void> {
    const end = now() + ms;
    for (let left = ms; left > 0 && !isOver(); left = end - now()) await wait(Math.min(LOOK_MS, left));
  }

  async function lane(): Promise<void> {
    await pause(random.between(...gapMs));
    while (!isDone()) {
      const kind = take();
      if (kind) await runOne(kind);
      await pause(kind ? random.between(...gapMs) : LOOK_MS);
    }
  }

  await Promise.all(Array.from({ length: LANES }, lane));
  return spans;
}

/** What is to be mended is tried again: the other fault may be in its way. */
async function persistently(end: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await end();
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      await wait(ATTEMPTS_APART_MS);
    }
  }
}
