import type { Actor } from '../../../kernel/actor.ts';
import type { FileRef } from '../../../kernel/files.ts';
import { key } from '../../../table/keys.ts';
import type { Step } from '../../../table/steps.ts';
import type { Item, Key } from '../../../table/table.ts';
import type { SearchInput } from '../search/request.ts';
import type { FormatName } from '../transfer/formats.ts';

export type State = 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';

/** A file of entities that is prepared in the background, for whoever asked. */
export interface DownloadJob {
  readonly id: string;
  readonly organisation: string;
  /** Who asked: the user, whatever they asked with. */
  readonly owner: string;
  /** With the rights that they had then. */
  readonly actor: Actor;
  readonly type: string;
  readonly format: FormatName;
  readonly search: Omit<SearchInput, 'limit'>;
  readonly state: State;
  /** Counts how often it was begun; each time writes a file of its own. */
  readonly attempt: number;
  /** How many attempts came to nothing. */
  readonly failures: number;
  readonly rows: number;
  readonly bytes: number;
  readonly contentType?: string;
  readonly failure?: { readonly code: string; readonly detail: string };
  readonly created_at: string;
  readonly updated_at: string;
  /** Unix seconds at which the job and its file are gone. */
  readonly expires_at: number;
}

/** A job that wants attention, and when: the time moves on while somebody is at it. */
export interface Due {
  readonly id: string;
  readonly organisation: string;
  /** Unix milliseconds. */
  readonly due_at: number;
  /** The last attempt, for when the record of the job is gone before its file. */
  readonly attempt: number;
}

export const downloadsOf = (organisation: string) => key(organisation, 'downloads');
export const downloadKey = ({ organisation, id }: Pick<DownloadJob, 'organisation' | 'id'>): Key => ({
  pk: downloadsOf(organisation),
  sk: key(id),
});
export const duePartition = key('system', 'downloads');
const dueKey = (id: string): Key => ({ pk: duePartition, sk: key(id) });

/** The search is kept as text: what people look for is none of the table's business. */
export function downloadItem({ search, ...job }: DownloadJob): Item {
  const attributes = JSON.parse(JSON.stringify(job)); // drops what is undefined
  const text = JSON.stringify(search);
  return { ...downloadKey(job), kind: 'download', schema: 1, ...attributes, search: text };
}

export function downloadFromItem(item: Item): DownloadJob {
  const { pk: _pk, sk: _sk, kind: _kind, schema: _schema, search, ...job } = item;
  return { ...job, search: JSON.parse(String(search)) } as unknown as DownloadJob;
}

export const dueFromItem = (item: Item): Due => item as unknown as Due;

export const isOver = ({ state }: DownloadJob) =>
  state === 'done' || state === 'failed' || state === 'cancelled';

export function fileOf({ id, attempt, type, format, contentType }: DownloadJob): FileRef {
  return {
    id: fileId({ id, attempt }),
    name: `${type}.${format}`,
    contentType: contentType ?? 'application/octet-stream',
  };
}

export const fileId = ({ id, attempt }: Pick<Due, 'id' | 'attempt'>) => `${id}.${attempt}`;

/** Brings a job from one state to another, unless somebody else did meanwhile or took care of it since it was `seen`. */
export function moveSteps(before: DownloadJob, after: DownloadJob, due_at: number, seen?: Due): Step[] {
  const { state, attempt } = before;
  return [
    { action: { type: 'put', item: downloadItem(after), condition: { equals: { state, attempt } } } },
    dueStep(after, due_at, seen),
  ];
}

export function dueStep({ id, organisation, attempt }: DownloadJob, due_at: number, seen?: Due): Step {
  const item = { ...dueKey(id), kind: 'due', schema: 1, id, organisation, attempt, due_at };
  return {
    action: { type: 'put', item, ...(seen && { condition: { equals: { due_at: seen.due_at } } }) },
  };
}

/** The job and all that speaks of it go. */
export function endSteps(due: Pick<Due, 'id' | 'organisation'>): Step[] {
  return [
    { action: { type: 'delete', key: downloadKey(due) } },
    { action: { type: 'delete', key: dueKey(due.id) } },
  ];
}
