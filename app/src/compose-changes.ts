import type { Settings } from './config.ts';
import type { Clock, Log, Meter } from './kernel/ports.ts';
import { createFeed, type Feed } from './table/changes/feed.ts';
import { loggedTable } from './table/changes/logged.ts';
import { noteRecording } from './table/changes/recording.ts';
import { createWatch, type Watch } from './table/changes/watch.ts';
import type { Table } from './table/table.ts';

/** The change log: the table that writes it, and the ways to read it; without it the table as it is. */
export interface Changes {
  readonly table: Table;
  readonly feed: Feed | undefined;
  readonly watch: Watch | undefined;
}

export interface ChangesParts {
  readonly settings: Settings;
  readonly store: Table;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}

/** One organisation cannot take more than this part of an instance's connections by watching. */
const WATCHERS = 1 / 20;

export async function composeChanges({ settings, store, clock, log, meter }: ChangesParts): Promise<Changes> {
  const since = await noteRecording(store, clock, settings.CHANGE_LOG);
  if (since === undefined) return { table: store, feed: undefined, watch: undefined };
  const { CHANGE_LOG_DAYS: days, STORE } = settings;
  const isShared = STORE !== 'sqlite';
  const feed = createFeed({ table: store, clock, isShared, days, since });
  const most = Math.ceil(settings.MAX_CONNECTIONS * WATCHERS);
  return {
    table: loggedTable(store, { clock, meter, isShared, days }),
    feed,
    watch: createWatch({ feed, clock, log, meter, most }),
  };
}
