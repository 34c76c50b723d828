import type { DynamoFaults } from '../test/support/dynamo-front.ts';
import type { FaultKind } from './faults.ts';

/** What a busy store does by itself. */
function store(name: string, faults: DynamoFaults, more: Partial<FaultKind> = {}): FaultKind {
  return {
    name,
    area: 'store',
    ms: [2_000, 6_000],
    ...more,
    async begin(world) {
      world.disturbStore(faults);
      return { detail: '', end: async () => world.disturbStore({}) };
    },
  };
}

export const STORE_FAULTS: readonly FaultKind[] = [
  store('store conflicts', { conflict: 0.3 }),
  store('store throttles', { throttling: 0.15 }),
  store('store fails', { serverError: 0.15 }),
  store('store loses replies', { appliedReplyLost: 0.2 }),
  store(
    'store writes late',
    { lateApplication: { chance: 0.15, minMs: 500, maxMs: 8_000 } },
    { postpones: true },
  ),
  store(
    'store refuses and writes late',
    { lateApplication: { chance: 0.15, minMs: 500, maxMs: 6_000 }, conflict: 0.6 },
    { postpones: true },
  ),
  store('store has a slow tail', { slow: { chance: 0.1, ms: 1_000 } }),
  store('store ends pages early', { earlyPage: 0.7, unprocessedKeys: 0.5 }),
];
