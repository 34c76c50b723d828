import { parseArgs } from 'node:util';
import { MUTANTS, PROTOCOL } from './mutants.ts';
import { SCENARIOS } from './scenarios.ts';
import { scenarioOf, simulate, traceOf } from './simulate.ts';

const USAGE = `node test/simulation/main.ts [--schedules 10000] [--seed 1] [--mutant name] [--scenario name] [--trace]

Runs schedules of the cache protocol, one for each seed from --seed on, and ends with a line of figures; the first
violation ends the run and is told with its trace. --trace tells of the schedule of --seed whatever its end.
Mutants: ${MUTANTS.map(({ name }) => name).join(', ')}
Scenarios: ${SCENARIOS.map(({ name }) => name).join(', ')}
`;

const say = (text: string) => void process.stdout.write(`${text}\n`);

function readOptions() {
  const { values } = parseArgs({
    options: {
      schedules: { type: 'string', default: '10000' },
      seed: { type: 'string', default: '1' },
      mutant: { type: 'string' },
      scenario: { type: 'string' },
      trace: { type: 'boolean', default: false },
    },
  });
  const mutant = [PROTOCOL, ...MUTANTS].find(({ name }) => name === (values.mutant ?? PROTOCOL.name));
  const scenarios = SCENARIOS.filter(({ name }) => values.scenario === undefined || name === values.scenario);
  const seed = Number(values.seed);
  const schedules = Number(values.schedules);
  if (!mutant || scenarios.length === 0 || !Number.isInteger(seed) || !Number.isInteger(schedules)) {
    throw new Error('unknown name or number');
  }
  return { mutant, scenarios, seed, schedules, trace: values.trace };
}

async function run(): Promise<number> {
  const { mutant, scenarios, seed, schedules, trace } = readOptions();
  if (trace) {
    say(await traceOf(seed, scenarioOf(seed, scenarios), mutant));
    return 0;
  }
  const started = performance.now();
  const { figures, found } = await simulate({ mutant, scenarios, seed, schedules });
  if (found) say(await traceOf(found.seed, found.scenario, mutant));
  const seconds = (performance.now() - started) / 1000;
  const told = Object.entries(figures).map(([name, count]) => `${name} ${count}`);
  say(`${told.join(', ')}, seconds ${seconds.toFixed(1)}, seed ${found?.seed ?? seed}`);
  return found ? 1 : 0;
}

try {
  process.exitCode = await run();
} catch (error) {
  say(`${(error as Error).message}\n\n${USAGE}`);
  process.exitCode = 64;
}
