import type { Core } from '../compose-core.ts';

/** One step that brings the table of an older release to what this one expects. */
export interface Migration {
  /** Counts from 1, without gaps. */
  readonly version: number;
  readonly name: string;
  /** Safe to run again: a migration that was cut short is simply run once more. */
  readonly up: (core: Core) => Promise<void>;
  /** Takes it back; absent where that would lose something. */
  readonly down?: (core: Core) => Promise<void>;
}
