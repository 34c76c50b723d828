import { readFileSync } from 'node:fs';

interface Frame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: Frame }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Starting up is not what is asked about. */
const SKIPPED_MICROS = 4e6;
const FUNCTIONS = 25;
const PLACES = 15;

/** Where a profiled program itself spent its time, the most first: by function and by package or source file. */
export function hottest(path: string): string {
  const profile: CpuProfile = JSON.parse(readFileSync(path, 'utf8'));
  const functions = ranking(profile, (frame) => `${frame.functionName || '(anonymous)'} ${placeOf(frame)}`);
  const places = ranking(profile, placeWithoutLine);
  return [...functions.slice(0, FUNCTIONS), '  by place:', ...places.slice(0, PLACES)].join('\n');
}

function ranking({ nodes, samples, timeDeltas }: CpuProfile, nameOf: (frame: Frame) => string): string[] {
  const names = new Map(
    nodes.map(({ id, callFrame }) => [
      id,
      callFrame.functionName === '(idle)' ? undefined : nameOf(callFrame),
    ]),
  );
  const times = new Map<string, number>();
  let passed = 0;
  let total = 0;
  for (const [i, id] of samples.entries()) {
    const time = timeDeltas[i] ?? 0;
    passed += time;
    const name = names.get(id);
    if (name === undefined || passed < SKIPPED_MICROS) continue;
    total += time;
    times.set(name, (times.get(name) ?? 0) + time);
  }
  return [...times]
    .sort((a, b) => b[1] - a[1])
    .map(([name, time]) => `${((time / total) * 100).toFixed(1).padStart(5)}%  ${name}`);
}

function placeOf({ url, lineNumber }: Frame): string {
  return url === '' ? '(native)' : `${url.replace(/^.*\/(app|node_modules)\//, '')}:${lineNumber + 1}`;
}

function placeWithoutLine({ url, functionName }: Frame): string {
  if (url === '') return `${functionName} (native)`;
  const inPackage = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  return inPackage ?? url.replace(/^.*\/app\//, '');
}

if (import.meta.main) for (const path of process.argv.slice(2)) console.log(`${path}\n${hottest(path)}`);
