import type { FaultSpan } from './history.ts';
import { NETWORK_FAULTS } from './network-faults.ts';
import { PROCESS_FAULTS } from './process-faults.ts';
import type { Random } from './random.ts';
import { REDIS_FAULTS } from './redis-faults.ts';
import { STORE_FAULTS } from './store-faults.ts';
import type { World } from './world.ts';

/** What two faults at once may not share. */
export type Area = 'redis-way' | 'store-way' | 'store' | 'process' | 'redis';

/** A fault under way. */
export interface Active {
  readonly detail: string;
  /** Resolves when the world is as before. */
  end(): Promise<void>;
}

export interface FaultKind {
  readonly name: string;
  readonly area: Area;
  /** How long it lasts, at least and at most. */
  readonly ms: readonly [number, number];
  readonly forgets?: boolean;
  readonly postpones?: boolean;
  begin(world: World, random: Random): Promise<Active>;
}

export const FAULTS: readonly FaultKind[] = [
  ...NETWORK_FAULTS,
  ...STORE_FAULTS,
  ...PROCESS_FAULTS,
  ...REDIS_FAULTS,
];

/** Whether two faults may be at once: both Redis and the way to it together would hide each other. */
export function clash(a: FaultKind, b: FaultKind): boolean {
  const isRedis = ({ area }: FaultKind) => area === 'redis' || area === 'redis-way';
  return a.area === b.area || (isRedis(a) && isRedis(b));
}

export function spanOf({ name, forgets = false, postpones = false }: FaultKind, detail: string) {
  return (started: number, ended: number): FaultSpan => ({
    kind: name,
    detail,
    started,
    ended,
    forgets,
    postpones,
  });
}
