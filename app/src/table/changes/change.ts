import { fail } from '../../kernel/errors.ts';
import { firstUuidAt, isUuid, timeOfUuid } from '../../kernel/ids.ts';
import { key } from '../keys.ts';

/** What a write did to an entity or a type. Never what is in it: who needs that reads it as it is now. */
export interface Told {
  readonly kind: 'entity' | 'type';
  readonly change: 'created' | 'changed' | 'deleted';
  /** Name of the type. */
  readonly type: string;
  readonly uuid: string;
  /** The version that the change made, or ended; null where links came or went, which leaves it as it is. */
  readonly version: number | null;
}

/** A change as followers see it. */
export interface Change extends Told {
  /** Ids sort in the order of the log; that of the last change seen is the cursor to go on with. */
  readonly id: string;
  readonly at: string;
  readonly organisation: string;
}

/** The changes of an organisation, by id of the write. */
export const changesOfOrganisation = (organisation: string) => key(organisation, 'changes');

/** A place in the log of an organisation: behind so many changes of one write. */
export interface Position {
  readonly write: string;
  readonly index: number;
}

const POSITION = /^(.{36})-([0-9a-f]{2})$/;

export const textOf = ({ write, index }: Position): string =>
  `${write}-${index.toString(16).padStart(2, '0')}`;

/** The place behind all writes before a time, in Unix milliseconds. */
export const positionAt = (ms: number): string => textOf({ write: firstUuidAt(Math.max(0, ms)), index: 0 });

/** The place behind all changes of a write. */
export const behind = (write: string): string => textOf({ write, index: 0xff });

/** The time of a place, in Unix milliseconds. */
export const timeOf = (position: string): number => timeOfUuid(position);

/** Throws 400 `invalid_cursor` for what is none. */
export function positionOf(text: string): Position {
  const [, write, index] = POSITION.exec(text) ?? [];
  if (write !== undefined && index !== undefined && isUuid(write)) {
    return { write, index: Number.parseInt(index, 16) };
  }
  const detail = 'This is no cursor of the change log; give the next_cursor of the page before.';
  throw fail('malformed', 'invalid_cursor', detail, {
    errors: [{ pointer: 'after', code: 'invalid_cursor', detail }],
  });
}
