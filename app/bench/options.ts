import { parseArgs } from 'node:util';

/** How long and how often things are measured. */
export interface Pace {
  readonly warmUpSeconds: number;
  readonly roundSeconds: number;
  /** Pairs of rounds: the service, then its floor. */
  readonly pairs: number;
}

export const SECTIONS = ['get', 'create', 'search', 'upload', 'capacity', 'memory', 'soak'] as const;
export type Section = (typeof SECTIONS)[number];

/** One search in two registries: their sizes, how many of its pages are asked for, and how often. */
export interface SearchPlan {
  readonly small: number;
  readonly large: number;
  readonly pages: number;
  readonly repeats: number;
}

export interface Options {
  readonly sections: readonly Section[];
  readonly pace: Pace;
  readonly search: { readonly sqlite: SearchPlan; readonly dynamo: SearchPlan | undefined };
  /** Rows of one upload that is timed, and pairs of uploads: the service, then its floor. */
  readonly upload: { readonly sqlite: number; readonly dynamo: number; readonly pairs: number };
  /** Rows that pass through while memory is watched. */
  readonly memoryRows: number;
  /** How long memory is watched under mixed requests. */
  readonly soakMinutes: number;
  /** Folder for CPU profiles of the service. */
  readonly profile: string | undefined;
  /** Whether the figures go into docs/performance.md: only those of a full run do. */
  readonly publish: boolean;
}

const USAGE = `usage: node bench/main.ts [--quick] [--entities N] [--rows N] [--minutes N] [--only section,...] [--profile folder]
  --quick      a smoke run of seconds; its figures mean little
  --entities   size of the large registry that is searched (1000000)
  --rows       rows that pass through while memory is watched (100000)
  --minutes    of mixed requests while memory is watched, for each of two editions (1)
  --only       some of: ${SECTIONS.join(', ')}
  --profile    writes CPU profiles of the service there and names its hottest functions
  --write      puts the figures into docs/performance.md even if this is not a full run`;

export function readOptions(args: readonly string[]): Options {
  try {
    return understand(args);
  } catch (error) {
    console.error(`bench: ${error instanceof Error ? error.message : error}\n${USAGE}`);
    process.exit(64);
  }
}

function understand(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      entities: { type: 'string' },
      rows: { type: 'string' },
      minutes: { type: 'string' },
      only: { type: 'string' },
      profile: { type: 'string' },
      write: { type: 'boolean', default: false },
    },
  });
  const { quick } = values;
  const full = !quick && values.only === undefined && values.profile === undefined;
  return {
    sections: values.only === undefined ? SECTIONS : values.only.split(',').map(section),
    pace: quick
      ? { warmUpSeconds: 0.5, roundSeconds: 0.5, pairs: 2 }
      : { warmUpSeconds: 3, roundSeconds: 2, pairs: 7 },
    search: quick
      ? {
          sqlite: { small: 4_000, large: whole(values.entities, 20_000), pages: 40, repeats: 1 },
          dynamo: undefined,
        }
      : {
          sqlite: { small: 10_000, large: whole(values.entities, 1_000_000), pages: 120, repeats: 5 },
          dynamo: { small: 2_000, large: 5_000, pages: 12, repeats: 3 },
        },
    upload: quick ? { sqlite: 3_000, dynamo: 500, pairs: 1 } : { sqlite: 30_000, dynamo: 3_000, pairs: 3 },
    memoryRows: whole(values.rows, quick ? 5_000 : 100_000),
    soakMinutes: quick ? 0.05 : whole(values.minutes, 1, 1),
    profile: values.profile,
    publish: full || values.write,
  };
}

function whole(text: string | undefined, fallback: number, least = 100): number {
  const value = Number(text ?? fallback);
  if (!Number.isSafeInteger(value) || value < least)
    throw new Error(`${text} is no whole number from ${least} on`);
  return value;
}

function section(name: string): Section {
  const known = SECTIONS.find((one) => one === name);
  if (!known) throw new Error(`there is no section ${name}`);
  return known;
}
