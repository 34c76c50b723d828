import { newUuid } from '../../kernel/ids.ts';
import type { Clock } from '../../kernel/ports.ts';
import type { TypeDefinition } from '../../schema/definition.ts';
import { key } from '../../table/keys.ts';
import type { Step } from '../../table/steps.ts';
import type { Item, Key } from '../../table/table.ts';
import { GRACE_MS } from './grace.ts';
import { typeKey } from './keys.ts';

/**
 * The record of a type that is deleted with all its entities. The item of the type names it in `doomed`: from then on
 * the type and everything of it are absent. The record goes together with that item, when nothing is left.
 */
export interface Doom {
  readonly id: string;
  readonly organisation: string;
  /** Name of the type. */
  readonly type: string;
  /** Unix milliseconds at which it was decided. */
  readonly decided_at: number;
  /** Unix milliseconds until which the process that works on it may be taken for alive. */
  readonly lease_until: number;
  /** Set when no entity was left; what a slow writer added since is found by a last look. */
  readonly cleared?: true;
}

export const LEASE_MS = 30_000;

export const doomsPartition = key('system', 'doomed-types');
export const doomKey = (id: string): Key => ({ pk: doomsPartition, sk: key(id) });
export const doomFromItem = (item: Item): Doom => item as unknown as Doom;

/** Whether the item of a type is only there until its entities are gone. */
export const isDoomed = (item: Item): boolean => item.doomed !== undefined;

/** Whether the time is over in which an entity may still be added. */
export const isOver = (doom: Doom, clock: Clock): boolean => clock.now() >= doom.decided_at + GRACE_MS;

/** The record of a decision, and the one write that takes it. */
export function doomSteps({ organisation, name, version, uuid }: TypeDefinition, clock: Clock) {
  const now = clock.now();
  const doom: Doom = {
    id: newUuid(now),
    organisation,
    type: name,
    decided_at: now,
    lease_until: now + LEASE_MS,
  };
  const steps: Step[] = [
    {
      action: {
        type: 'update',
        key: typeKey(organisation, name),
        set: { doomed: doom.id },
        // Whoever has read the type before and would put it back as it was is refused.
        add: { version: 1 },
        condition: { equals: { name, version, uuid }, missing: ['doomed'] },
      },
    },
    { action: { type: 'put', item: { ...doomKey(doom.id), kind: 'doomed_type', schema: 1, ...doom } } },
  ];
  return { doom, steps };
}

/** The steps after which the name is free. */
export function endSteps(doom: Doom): Step[] {
  const condition = { equals: { doomed: doom.id } };
  return [
    { action: { type: 'delete', key: typeKey(doom.organisation, doom.type), condition } },
    { action: { type: 'delete', key: doomKey(doom.id) } },
  ];
}
