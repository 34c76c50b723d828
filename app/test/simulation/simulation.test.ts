import { createMemoryCells } from '../../src/adapters/memory/cells.ts';
import { createMemory } from './memory.ts';
import { MUTANTS, type Mutant, PROTOCOL } from './mutants.ts';
import { createRandom } from './random.ts';
import { SCENARIOS } from './scenarios.ts';
import { type Found, simulate, traceOf } from './simulate.ts';

/** As many schedules as there is time for, on a busy machine too. */
const SCHEDULES = 2_000;
const WITHIN_MS = 6_000;
/** What is left of the trace where it matters; all of it is told by `main.ts`. */
const TRACE_LINES = 150;

async function told(found: Found | undefined, mutant: Mutant): Promise<string | undefined> {
  if (!found) return undefined;
  const trace = (await traceOf(found.seed, found.scenario, mutant)).split('\n');
  const rest = trace.slice(-TRACE_LINES).join('\n');
  return `seed ${found.seed}, ${found.scenario.name}: ${found.problem}\n${rest}`;
}

describe('the cache protocol under simulated faults', () => {
  // The same each time, so that a change that breaks a rule is told apart from luck; long runs take other seeds.
  test.each([1, 1_000_001])(
    'breaks no rule in the schedules from seed %i on',
    async (seed) => {
      const { figures, found } = await simulate({
        mutant: PROTOCOL,
        seed,
        schedules: SCHEDULES,
        withinMs: WITHIN_MS,
      });
      expect(await told(found, PROTOCOL)).toBeUndefined();
      // It was not for want of trying.
      expect(figures.schedules).toBeGreaterThan(100);
      for (const [name, count] of Object.entries(figures)) {
        if (name !== 'violations') expect(count).toBeGreaterThan(figures.schedules / 10);
      }
    },
    30_000,
  );

  test('does the same again for the same seed', async () => {
    for (let seed = 1; seed <= SCENARIOS.length; seed++) {
      const scenario = SCENARIOS[seed - 1]!;
      expect(await traceOf(seed, scenario, PROTOCOL)).toBe(await traceOf(seed, scenario, PROTOCOL));
    }
  });
});

/** Many times what any of them needs: some are found in one schedule of 300, most much sooner. */
const ENOUGH = 4_000;

describe('the simulation notices', () => {
  test.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))(
    '%s',
    async (_, mutant) => {
      const scenarios = SCENARIOS.filter(({ name }) => mutant.shownBy.includes(name));
      const { found } = await simulate({ mutant, seed: 1, schedules: ENOUGH, scenarios });
      expect(found).toBeDefined();
      // It is the mistake that breaks the rule, not the schedule.
      const { seed } = found!;
      const sound = await simulate({ mutant: PROTOCOL, seed, schedules: 1, scenarios });
      expect(await told(sound.found, PROTOCOL)).toBeUndefined();
    },
    30_000,
  );
});

describe('the simulated memory', () => {
  test('holds what the cells in this process hold', async () => {
    let now = 0;
    const random = createRandom(1);
    const model = createMemory(() => now);
    const real = createMemoryCells({ maxBytes: 1_000_000, ticks: () => now });
    const writers = Array.from({ length: 6 }, (_, i) => `00000001writer------0000000${i}`);
    for (let step = 0; step < 10_000; step++) {
      const scope = random.pick(['s', 't']);
      const token = random.pick(writers);
      const next = random.pick(['00000001', '00000002']) + String(step).padStart(20, '-');
      const command = random.pick(['intend', 'commit', 'open', 'drop', 'pass']);
      if (command === 'pass') now += random.below(20);
      if (command === 'intend') await alike(model.intend(scope, token, 50), real.intend([scope], token, 50));
      if (command === 'commit')
        await alike(model.commit(scope, token, next), real.commit([scope], token, next));
      if (command === 'open') await alike(model.open(scope, next), real.open(scope, next));
      if (command === 'drop') await alike(model.drop(scope), real.drop([scope]));
      await alike(
        model.look(['s', 't']).cells,
        real.look(['s', 't']).then(({ cells }) => cells),
      );
    }
  });
});

async function alike(model: unknown, real: Promise<unknown>): Promise<void> {
  expect(model).toEqual(await real);
}
