import type { Cells } from '../../src/cache/cells.ts';
import type { Coherence } from '../../src/cache/control.ts';
import type { Flights } from '../../src/cache/flights.ts';
import type { Representation } from '../../src/cache/representation.ts';
import type { Tokens } from '../../src/cache/tokens.ts';
import type { Table } from '../../src/table/table.ts';
import type { Commands, Memory } from './memory.ts';
import { CONTROL_MUTANTS } from './mutants-of-control.ts';
import { READ_MUTANTS } from './mutants-of-reads.ts';
import { WRITE_MUTANTS } from './mutants-of-writes.ts';
import type { Store } from './store.ts';
import type { Process } from './timeline.ts';
import type { World } from './world.ts';

/** What a mutant may know of the instance that it spoils. */
export interface InstanceParts {
  readonly world: World;
  readonly process: Process;
  readonly place: number;
  readonly ticks: () => number;
}

/** A mistake in the protocol, as a wrapper around what the protocol is built from. */
export interface Mutant {
  readonly name: string;
  /** Names of scenarios in which it shows soon. */
  readonly shownBy: readonly string[];
  /** What it changes on the servers, */
  readonly commands?: (memory: Memory) => Commands;
  readonly store?: (store: Store, now: () => number) => Store;
  /** and in each instance. */
  readonly cells?: (cells: Cells, parts: InstanceParts) => Cells;
  readonly table?: (table: Table, parts: InstanceParts) => Table;
  readonly coherence?: (coherence: Coherence, parts: InstanceParts) => Coherence;
  readonly tokens?: (parts: InstanceParts) => Tokens;
  readonly flights?: () => Flights<Representation>;
  readonly settle?: (scopes: readonly string[]) => Promise<void>;
}

/** No mistake at all. */
export const PROTOCOL: Mutant = { name: 'protocol', shownBy: [] };

/** Mistakes that a simulation worth its name must notice, each of them. */
export const MUTANTS: readonly Mutant[] = [...WRITE_MUTANTS, ...READ_MUTANTS, ...CONTROL_MUTANTS];
