import { key } from '../table/keys.ts';
import type { Action, Item, Key } from '../table/table.ts';

/** The partition that every instance reads twice a second: the control record, and what could not be fenced. */
export const COHERENCE = key('system', 'coherence');
const CONTROL: Key = { pk: COHERENCE, sk: key('control') };
/** Sort key of the control record; before it lie those of the blind, after it the dirty records. */
export const LAST_BUT_RECORDS = CONTROL.sk;

/** `open`: readers read. `suspended`: nobody reads, writers need not record. `resuming`: writers record again. */
export type Phase = 'open' | 'suspended' | 'resuming';

/** The state that all instances share. */
export interface Control {
  readonly epoch: number;
  /** The memory that cached answers are in. */
  readonly incarnation: string;
  readonly phase: Phase;
}

/** Scopes that changed without a fence. */
export interface DirtyRecord {
  readonly id: string;
  readonly scopes: readonly string[];
  /** Unix milliseconds, by the clock of the writer. */
  readonly at: number;
}

/** An instance that cannot ask the cells and goes by what it remembers; see `blind.ts`. */
export interface BlindRecord {
  readonly id: string;
  /** Unix milliseconds, by its own clock, of the last time it said so. */
  readonly at: number;
}

export const isControl = (item: Item) => item.sk === CONTROL.sk;

export function controlOf(item: Item): Control {
  const { epoch, incarnation, phase } = item as unknown as Control;
  return { epoch, incarnation, phase };
}

/** Creates the control record, or replaces it if it still is what was read. */
export function putControl(next: Control, before: Control | undefined): Action {
  const item: Item = { ...CONTROL, kind: 'control', schema: 1, ...next };
  return { type: 'put', item, condition: before ? { equals: { ...before } } : { exists: false } };
}

const dirtyKey = (id: string): Key => ({ pk: COHERENCE, sk: key('dirty', id) });

export function putDirty({ id, scopes, at }: DirtyRecord): Action {
  return { type: 'put', item: { ...dirtyKey(id), kind: 'dirty', schema: 1, id, scopes: [...scopes], at } };
}

export const deleteDirty = (id: string): Action => ({ type: 'delete', key: dirtyKey(id) });

export function dirtyOf(item: Item): DirtyRecord {
  const { id, scopes, at } = item as unknown as DirtyRecord;
  return { id, scopes, at };
}

const blindKey = (id: string): Key => ({ pk: COHERENCE, sk: key('blind', id) });

export const isBlind = (item: Item) => item.kind === 'blind';

export function putBlind({ id, at }: BlindRecord): Action {
  return { type: 'put', item: { ...blindKey(id), kind: 'blind', schema: 1, id, at } };
}

export const deleteBlind = (id: string): Action => ({ type: 'delete', key: blindKey(id) });

export function blindOf(item: Item): BlindRecord {
  const { id, at } = item as unknown as BlindRecord;
  return { id, at };
}
