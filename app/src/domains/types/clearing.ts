import type { Clock, Log } from '../../kernel/ports.ts';
import type { TypeDefinition } from '../../schema/definition.ts';
import { commit, Stale, type Step } from '../../table/steps.ts';
import type { Table } from '../../table/table.ts';
import {
  type Doom,
  doomFromItem,
  doomKey,
  doomSteps,
  doomsPartition,
  endSteps,
  isOver,
  LEASE_MS,
} from './doom.ts';
import { fromItem, typeKey } from './keys.ts';

export interface ClearingOptions {
  readonly table: Table;
  readonly clock: Clock;
  readonly log: Log;
  /** Removes the entities of a type that is deleted; answers whether none is left. */
  readonly empty: (definition: TypeDefinition, goOn: () => Promise<boolean>) => Promise<boolean>;
}

/** A small type is cleared while its deletion is answered. */
const AT_ONCE_MS = 1_000;
/** A stop waits for a run under way. */
const RUN_MS = 5_000;
const RENEW_MS = 10_000;
const PAGE = 100;

export type Clearing = ReturnType<typeof createClearing>;

/** Deletes types with all their entities: one write decides, and then they are cleared away by whoever has time. */
export function createClearing({ table, clock, log, empty }: ClearingOptions) {
  /** From here on the type and all of it are absent. */
  async function decide(definition: TypeDefinition): Promise<Doom> {
    const { doom, steps } = doomSteps(definition, clock);
    await commit(table, steps);
    return doom;
  }

  /** Clears away what can be cleared while somebody waits. It is decided, so what goes wrong here is for later. */
  async function begin(doom: Doom): Promise<void> {
    await work(doom, AT_ONCE_MS).catch((error) => log.warn('a deleted type is cleared later', { error }));
  }

  /** Goes on with the types whose turn it is. Safe to run anywhere, at any time. */
  async function resume(): Promise<void> {
    for (let after: string | undefined; ; ) {
      const page = await table.query({ pk: doomsPartition, after, limit: PAGE });
      for (const doom of page.items.map(doomFromItem)) {
        if (doom.lease_until > clock.now() || (doom.cleared && !isOver(doom, clock))) continue;
        await retake(doom).catch((error) => {
          if (error instanceof Stale) return; // somebody else was faster
          log.error('a deleted type cannot be cleared', { type: doom.type, error });
        });
      }
      if (page.next === undefined) return;
      after = page.next;
    }
  }

  async function retake(doom: Doom): Promise<void> {
    const taken = { ...doom, lease_until: clock.now() + LEASE_MS };
    await commit(table, [leaseStep(doom, taken.lease_until)]);
    await work(taken, RUN_MS);
  }

  async function work(given: Doom, forMs: number): Promise<void> {
    let doom = given;
    const began = clock.now();
    async function goOn(): Promise<boolean> {
      const now = clock.now();
      if (now - began >= forMs) return false;
      if (doom.lease_until - now > LEASE_MS - RENEW_MS) return true;
      await commit(table, [leaseStep(doom, now + LEASE_MS)]);
      doom = { ...doom, lease_until: now + LEASE_MS };
      return true;
    }

    const item = await table.get(typeKey(doom.organisation, doom.type));
    if (item?.doomed !== doom.id) return table.write([{ type: 'delete', key: doomKey(doom.id) }]);
    const isLast = isOver(doom, clock);
    const isEmpty = await empty(fromItem(item), goOn);
    if (isEmpty && isLast) return commit(table, endSteps(doom));
    await commit(table, [leaseStep(doom, 0, isEmpty)]);
  }

  return { decide, begin, resume };
}

/** Extends the lease or, with 0, gives it up; refused if somebody else has taken it. */
function leaseStep({ id, lease_until }: Doom, until: number, cleared = false): Step {
  return {
    action: {
      type: 'update',
      key: doomKey(id),
      set: { lease_until: until, ...(cleared && { cleared }) },
      condition: { equals: { lease_until } },
    },
  };
}
