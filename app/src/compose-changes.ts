import type { Settings } from './config.ts';
import type { Clock, Meter } from './kernel/ports.ts';
import { createFeed, type Feed } from './table/changes/feed.ts';
import { loggedTable } from './table/changes/logged.ts';
import { noteRecording } from './table/changes/recording.ts';
import type { Table } from './table/table.ts';

/** The change log: the table that writes it, and the way to read it; without it the table as it is. */
export interface Changes {
  readonly table: Table;
  readonly feed: Feed | undefined;
}

export interface ChangesParts {
  readonly settings: Settings;
  readonly store: Table;
  readonly clock: Clock;
  readonly meter: Meter;
}

export async function composeChanges({ settings, store, clock, meter }: ChangesParts): Promise<Changes> {
  const since = await noteRecording(store, clock, settings.CHANGE_LOG);
  if (since === undefined) return { table: store, feed: undefined };
  const { CHANGE_LOG_DAYS: days, STORE } = settings;
  const isShared = STORE !== 'sqlite';
  return {
    table: loggedTable(store, { clock, meter, isShared, days }),
    feed: createFeed({ table: store, clock, isShared, days, since }),
  };
}
