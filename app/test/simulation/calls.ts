import type { Process } from './timeline.ts';
import { reach, type World } from './world.ts';

/** What becomes of one call, decided when it is made. Milliseconds; undefined for what gets lost. */
export interface Fate {
  /** Until it takes effect. */
  readonly request: number | undefined;
  /** From then on, until the caller is told. */
  readonly reply: number | undefined;
  /** After so long the caller gives up. The effect may still come. */
  readonly patience: number;
}

export interface Call<T> {
  readonly command: string;
  readonly process: Process;
  readonly scope?: string | undefined;
  readonly fate: Fate;
  readonly effect: () => T;
  readonly late: (reason: string) => Error;
  /** Whether the way back still exists. */
  readonly holds?: () => boolean;
}

/**
 * A call of a port as two steps: the effect, which is nobody's and may come after the caller gave up or died, and
 * the answer, which is a step of the caller.
 */
export function call<T>(world: World, given: Call<T>): Promise<T> {
  const { time, random } = world;
  const { process, fate, late, holds, command, scope } = given;
  const { request = Infinity, reply = Infinity, patience } = fate;
  const round = request + reply;
  const answersAt = time.now() + round;
  let outcome: Outcome<T> | undefined;
  // A process that dies right after a call may take the request with it.
  const needsLife = random.chance(0.5);
  if (request !== Infinity) {
    time.after(request, () => {
      if (needsLife && !process.alive) return;
      outcome = take(world, given);
    });
  }
  reach(world, { stage: 'sent', command, process, scope });
  return new Promise((resolve, reject) => {
    time.wake(Math.min(round, patience), process, () => {
      // After a pause both the answer and the end of patience lie in the past: either may be noticed first.
      const isAnswered = answersAt <= time.now() && (round <= patience || random.chance(0.5));
      if (holds && !holds()) reject(late('closed'));
      else if (!isAnswered || !outcome) reject(late('timeout'));
      else if ('error' in outcome) reject(outcome.error);
      else resolve(outcome.value);
    });
  });
}

type Outcome<T> = { readonly value: T } | { readonly error: unknown };

function take<T>(world: World, { command, process, scope, effect }: Call<T>): Outcome<T> | undefined {
  let outcome: Outcome<T>;
  try {
    outcome = { value: effect() };
  } catch (error) {
    if (error === LOST) return undefined;
    outcome = { error };
  }
  reach(world, { stage: 'done', command, process, scope });
  return outcome;
}

/** Thrown by an effect that cannot take place: nobody is there. */
export const LOST = new Error('lost');
