import type { Command } from 'commander';
import type { Core } from '../compose-core.ts';

/** What a command has done: in words, and as data for `--json`. */
export interface Outcome {
  readonly text: string;
  readonly data: unknown;
}

/** What commands are given: the way to the registry, and to what is typed or piped in. */
export interface Terminal {
  /** Opens the registry that the settings name, does the work and closes it again. */
  withCore(work: (core: Core) => Promise<Outcome>): Promise<void>;
  /** All of standard input without the line end at its end. */
  readInput(): Promise<string>;
}

/** Adds one command, with its arguments, options and help, to the program. */
export type AddCommand = (program: Command, terminal: Terminal) => void;
