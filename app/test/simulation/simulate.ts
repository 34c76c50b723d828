import type { Mutant } from './mutants.ts';
import { createRandom } from './random.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';
import { runSchedule } from './schedule.ts';
import { type Figures, noFigures } from './world.ts';

export interface SimulationOptions {
  readonly mutant: Mutant;
  /** The first seed; each schedule takes the next one. */
  readonly seed: number;
  readonly schedules: number;
  /** Begins no schedule after so many milliseconds of real time. */
  readonly withinMs?: number;
  /** Every seed belongs to one of these; all there are unless told otherwise. */
  readonly scenarios?: readonly Scenario[];
  /** Goes on after a violation, and counts them. */
  readonly isThorough?: boolean;
}

/** A schedule in which a rule was broken. */
export interface Found {
  readonly seed: number;
  readonly scenario: Scenario;
  readonly problem: string;
}

/** Real time after which the event loop gets a turn. */
const TURN_MS = 50;

/** Runs schedules until a rule is broken, or all are done. */
export async function simulate(options: SimulationOptions): Promise<{ figures: Figures; found?: Found }> {
  const { mutant, seed: first, schedules, withinMs = Number.POSITIVE_INFINITY, isThorough } = options;
  const figures = noFigures();
  const started = performance.now();
  let turn = started;
  let found: Found | undefined;
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0; // most errors of a schedule are expected, and nobody reads where they came from
  try {
    for (let seed = first; seed < first + schedules && performance.now() - started < withinMs; seed++) {
      const scenario = scenarioOf(seed, options.scenarios);
      const problem = await runSchedule({ seed, scenario, mutant, figures });
      if (problem !== undefined) found ??= { seed, scenario, problem };
      if (found && !isThorough) break;
      if (performance.now() - turn < TURN_MS) continue;
      await new Promise(setImmediate);
      turn = performance.now();
    }
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  return found ? { figures, found } : { figures };
}

/** The seed decides on the scenario as well, so that it is all that is needed to see the same again. */
export function scenarioOf(seed: number, scenarios: readonly Scenario[] = SCENARIOS): Scenario {
  let left = createRandom(~seed).next() * scenarios.reduce((sum, { weight }) => sum + weight, 0);
  for (const scenario of scenarios) {
    left -= scenario.weight;
    if (left < 0) return scenario;
  }
  throw new Error('There is no such scenario.');
}

/** Everything that happens in one schedule, a line for each step. */
export async function traceOf(seed: number, scenario: Scenario, mutant: Mutant): Promise<string> {
  const lines: string[] = [];
  const figures = noFigures();
  const problem = await runSchedule({
    seed,
    scenario,
    mutant,
    figures,
    trace: (line) => void lines.push(line),
  });
  return [`seed ${seed}, ${scenario.name}, ${mutant.name}`, ...lines, problem ?? 'no rule was broken'].join(
    '\n',
  );
}
