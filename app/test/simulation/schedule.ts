import { isBlind } from '../../src/cache/records.ts';
import { parts } from '../../src/table/keys.ts';
import { type Action, keyOf } from '../../src/table/table.ts';
import { createChecker } from './checker.ts';
import { type Instance, startInstance } from './instance.ts';
import type { Mutant } from './mutants.ts';
import { plan } from './plan.ts';
import { createRandom, type Random } from './random.ts';
import { DEFINITION, recordOf } from './records.ts';
import type { Scenario } from './scenarios.ts';
import { createServers } from './servers.ts';
import { createStore } from './store.ts';
import { createTimeline } from './timeline.ts';
import type { Figures, World } from './world.ts';

export interface ScheduleOptions {
  readonly seed: number;
  readonly scenario: Scenario;
  readonly mutant: Mutant;
  readonly figures: Figures;
  /** Takes the lines of the trace. */
  readonly trace?: (line: string) => void;
}

/** Runs one schedule; answers what broke a rule, if anything did. The same options give the same run. */
export async function runSchedule(options: ScheduleOptions): Promise<string | undefined> {
  const { figures } = options;
  const random = createRandom(options.seed);
  const scenario = varied(options.scenario, random);
  let problem: string | undefined;
  const world = createWorld({ ...options, scenario }, random, (found) => {
    problem ??= found;
  });
  for (let place = 0, count = 2 + random.below(2); place < count; place++) {
    world.instances.push(startInstance(world, place, 0));
  }
  const end = plan(world);
  figures.schedules += 1;
  figures.steps += await world.time.run(end, () => problem !== undefined);
  if (problem !== undefined) figures.violations += 1;
  return problem;
}

/** What may be one way or the other in any scenario. */
function varied(scenario: Scenario, random: Random): Scenario {
  return { ...scenario, isCluster: random.chance(0.3), isGuarded: random.chance(0.3) };
}

function createWorld(
  { scenario, mutant, figures, trace }: ScheduleOptions,
  random: Random,
  judge: (problem: string | undefined) => void,
): World {
  const time = createTimeline(() => random.between(0, 3));
  const note = (line: () => string) => trace?.(`${time.now().toFixed(2).padStart(9)} ${line()}`);
  let isSomebodyBlind = false;
  const readsCount = (record: string) => scenario.marksLast && !(isSomebodyBlind && record === DEFINITION);
  const checker = createChecker({ now: time.now, readsCount });
  const base = createStore((actions) => {
    isSomebodyBlind ||= actions.some((action) => action.type === 'put' && isBlind(action.item));
    for (const [record, attempt, by, recorded] of statesIn(actions)) {
      judge(checker.written(record, attempt, by, recorded));
    }
  });
  const store = mutant.store?.(base, time.now) ?? base;
  const instances: Instance[] = [];
  const servers = createServers({ time, random, mutant, note });
  return {
    random,
    time,
    scenario,
    mutant,
    store,
    checker,
    servers,
    instances,
    figures,
    traps: new Set(),
    note,
    judge,
  };
}

/** The states of records that a write brings about; who wrote it says the reply that it remembers. */
function* statesIn(actions: readonly Action[]): Generator<[string, string, string | undefined, boolean]> {
  const reply = actions.find((action) => action.type === 'put' && action.item.kind === 'reply');
  if (!reply) return;
  const attempt = parts(keyOf(reply).pk).at(-1)!;
  const recorded = actions.some((action) => action.type === 'put' && action.item.kind === 'dirty');
  for (const action of actions) {
    const record = recordOf(keyOf(action));
    if (record !== undefined) yield [record, attempt, action.type === 'put' ? attempt : undefined, recorded];
  }
}
