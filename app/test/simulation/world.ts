import type { Checker } from './checker.ts';
import type { Instance } from './instance.ts';
import type { Mutant } from './mutants.ts';
import type { Random } from './random.ts';
import type { Scenario } from './scenarios.ts';
import type { Servers } from './servers.ts';
import type { Store } from './store.ts';
import type { Process, Timeline } from './timeline.ts';

/** What one schedule consists of. */
export interface World {
  readonly random: Random;
  readonly time: Timeline;
  readonly scenario: Scenario;
  readonly mutant: Mutant;
  readonly store: Store;
  readonly checker: Checker;
  readonly servers: Servers;
  /** The running instances, by their place; one that crashed is replaced. */
  readonly instances: Instance[];
  readonly figures: Figures;
  /** Whoever waits for a certain moment. */
  readonly traps: Set<Trap>;
  /** A line of the trace, which is written only if somebody asked for it. */
  note(line: () => string): void;
  /** Takes down what broke a rule; the first time ends the schedule. */
  judge(problem: string | undefined): void;
}

/** A call is sent by a process, or done by whoever it was sent to. */
export interface Moment {
  readonly stage: 'sent' | 'done';
  readonly command: string;
  readonly process: Process;
  readonly scope: string | undefined;
}

/** Looks at each moment; `true` says that it has done its part. */
export type Trap = (moment: Moment) => boolean;

export function reach({ traps }: Pick<World, 'traps'>, moment: Moment): void {
  for (const trap of traps) if (trap(moment)) traps.delete(trap);
}

/** What happened, in numbers. */
export interface Figures {
  schedules: number;
  steps: number;
  faults: number;
  reads: number;
  hits: number;
  /** Acknowledged writes: under a fence, by a record for the others, or by the reply to an earlier attempt. */
  fenced: number;
  recorded: number;
  replayed: number;
  violations: number;
}

export const noFigures = (): Figures => ({
  schedules: 0,
  steps: 0,
  faults: 0,
  reads: 0,
  hits: 0,
  fenced: 0,
  recorded: 0,
  replayed: 0,
  violations: 0,
});

/** How long something takes on its way: mostly little, sometimes more than its caller waits. */
export function latency({ random }: Pick<World, 'random'>): number {
  const kind = random.next();
  if (kind < 0.75) return random.between(0.2, 3);
  return kind < 0.95 ? random.between(0.2, 15) : random.between(0.2, 60);
}
