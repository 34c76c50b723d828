import { createUuids, timeOfUuid } from '../../kernel/ids.ts';
import type { Clock, Meter } from '../../kernel/ports.ts';
import { misused } from '../failures.ts';
import { type Action, type Item, LIMITS, type Table, WRITE_MS } from '../table.ts';
import { changesOfOrganisation, type Told } from './change.ts';
import { changesOf } from './changes-of.ts';

/**
 * How old a write must be before it is shown where several processes write: by then every write that began before it
 * has landed or failed. Beyond the length of a write there is time for clocks that differ.
 */
export const SETTLE_MS = WRITE_MS + 3_000;
const DAY_SECONDS = 24 * 3600;

export interface LoggedOptions {
  readonly clock: Clock;
  readonly meter: Pick<Meter, 'changesRecorded'>;
  /** Whether other processes write too. */
  readonly isShared: boolean;
  /** After so many days a record expires. */
  readonly days: number;
}

/**
 * The table, each of whose writes also writes down which entities and types it changes: in its own transaction, so
 * nothing is lost and nothing is told that did not happen. One record tells of all changes of a write.
 */
export function loggedTable(table: Table, { clock, meter, isShared, days }: LoggedOptions): Table {
  const newId = createUuids();
  /** The time of the last record of an earlier run, by organisation. */
  const floors = new Map<string, number>();

  async function write(actions: readonly Action[]): Promise<void> {
    const changes = changesOf(actions);
    if (changes.size === 0) return table.write(actions);
    if (actions.length + changes.size > LIMITS.engineActions) {
      throw misused(`A write of ${actions.length} actions leaves no place for the record of its changes.`);
    }
    for (const organisation of isShared ? [] : changes.keys()) {
      if (!floors.has(organisation)) floors.set(organisation, await lastOf(organisation));
    }
    await writeTold(actions, changes);
    for (const told of changes.values()) meter.changesRecorded(told.length);
  }

  /**
   * Who stood still in the middle of a write, such as a frozen process, may be so late that followers are past its
   * record: then the changes are told again, before the write is acknowledged.
   */
  async function writeTold(actions: readonly Action[], changes: ReadonlyMap<string, Told[]>): Promise<void> {
    // From here to the store nothing waits: in one process records are written in the order of their ids.
    const records = [...changes].map(([organisation, told]) => recordOf(organisation, told));
    await table.write([...actions, ...records.map((item): Action => ({ type: 'put', item }))]);
    if (records.some(({ sk }) => clock.now() - timeOfUuid(sk) > WRITE_MS)) await writeTold([], changes);
  }

  function recordOf(organisation: string, changes: readonly Told[]): Item {
    const id = newId(Math.max(clock.now(), (floors.get(organisation) ?? 0) + 1));
    return {
      pk: changesOfOrganisation(organisation),
      sk: id,
      kind: 'changes',
      schema: 1,
      changes: changes.map((told) => ({ ...told })),
      expires_at: Math.ceil(timeOfUuid(id) / 1000) + days * DAY_SECONDS,
    };
  }

  /** Where one process writes and its clock was set back between two runs, ids go on from those of before. */
  async function lastOf(organisation: string): Promise<number> {
    const pk = changesOfOrganisation(organisation);
    const { items } = await table.query({ pk, reverse: true, limit: 1 });
    return items[0] ? timeOfUuid(items[0].sk) : 0;
  }

  return { ...table, write };
}
