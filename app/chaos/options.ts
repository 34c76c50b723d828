import { parseArgs } from 'node:util';
import { FAULTS, type FaultKind } from './faults.ts';
import { MUTANTS } from './mutants.ts';

export interface Options {
  readonly durationMs: number;
  readonly seed: number;
  readonly mutant: string | undefined;
  readonly kinds: readonly FaultKind[];
  readonly gapMs: readonly [number, number];
  readonly outage: boolean;
}

const USAGE = `usage: node chaos/main.ts [--duration seconds] [--seed number] [--quick] [--mutant name] [--faults name,...] [--outage]
  --duration   how long clients and faults are let loose (600)
  --seed       draws the same faults and the same requests again
  --quick      30 seconds
  --mutant     breaks the protocol on purpose, one of: ${Object.keys(MUTANTS).join(', ')}
  --faults     only those kinds of faults whose names begin with one of these; "none" for none
  --outage     measures what the loss of the cache costs, and prints a table`;

/** Two lanes of faults with such gaps leave the world alone about half of the time. */
const GAP_MS = [3_000, 8_000] as const;
/** What is broken on purpose shall show soon. */
const HASTE_MS = [500, 2_000] as const;
const QUICK_SECONDS = 30;
const FULL_SECONDS = 600;

export function readOptions(args: readonly string[]): Options {
  try {
    return understand(args);
  } catch (error) {
    console.error(`chaos: ${error instanceof Error ? error.message : error}\n${USAGE}`);
    process.exit(64);
  }
}

function understand(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      duration: { type: 'string' },
      seed: { type: 'string' },
      quick: { type: 'boolean', default: false },
      mutant: { type: 'string' },
      faults: { type: 'string' },
      outage: { type: 'boolean', default: false },
    },
  });
  const { mutant } = values;
  if (mutant !== undefined && !MUTANTS[mutant]) throw new Error(`there is no mutant ${mutant}`);
  return {
    durationMs: 1000 * whole(values.duration, values.quick ? QUICK_SECONDS : FULL_SECONDS),
    seed: whole(values.seed, Math.floor(Math.random() * 1_000_000)),
    mutant,
    kinds: kindsNamed(values.faults?.split(',') ?? MUTANTS[mutant ?? '']?.faults),
    gapMs: mutant ? HASTE_MS : GAP_MS,
    outage: values.outage,
  };
}

function whole(text: string | undefined, fallback: number): number {
  const value = Number(text ?? fallback);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${text} is no whole number`);
  return value;
}

function kindsNamed(starts: readonly string[] | undefined): readonly FaultKind[] {
  if (starts === undefined) return FAULTS;
  const kinds = FAULTS.filter(({ name }) => starts.some((start) => name.startsWith(start)));
  if (kinds.length === 0 && starts.join() !== 'none') throw new Error(`no fault is named like ${starts}`);
  return kinds;
}
