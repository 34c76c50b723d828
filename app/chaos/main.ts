import { rmSync } from 'node:fs';
import { readOptions } from './options.ts';
import { measureOutage } from './outage.ts';
import { cacheLine, faultTable, figureLine, violationsText, writeHistory } from './report.ts';
import { runChaos } from './run.ts';

const INSTANCES = 3;
const CLIENTS = 24;
const LAMPS = 64;
const HUBS = 8;

// Whatever ends this process, the programs that it started end with it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const options = readOptions(process.argv.slice(2));
if (options.outage) process.exit(await measureOutage(options.seed));
console.error(
  `chaos: seed ${options.seed}, ${options.durationMs / 1000} s, ${options.kinds.length} kinds of faults`,
);
const run = await runChaos({
  ...options,
  instances: INSTANCES,
  clients: CLIENTS,
  lamps: LAMPS,
  hubs: HUBS,
  progress: (line) => console.error(`chaos: ${line}`),
});
const { verdict, history, crashes, folder } = run;
const isGood = verdict.violations.length === 0 && verdict.lost === 0 && crashes === 0;
if (isGood) {
  rmSync(folder, { recursive: true, force: true });
} else {
  console.error(violationsText(run));
  console.error(`chaos: the history is in ${writeHistory(history)}, the logs are in ${folder}`);
}
console.log(faultTable(history));
console.log(cacheLine(history));
console.log(figureLine(run));
process.exit(isGood ? 0 : 1);
