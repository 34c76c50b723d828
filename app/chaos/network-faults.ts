import type { TcpFault } from '../test/support/tcp-lane.ts';
import type { TcpProxy } from '../test/support/tcp-proxy.ts';
import type { Area, FaultKind } from './faults.ts';
import type { World } from './world.ts';

type Ways = 'redisWays' | 'storeWays';
const AREAS: Readonly<Record<Ways, Area>> = { redisWays: 'redis-way', storeWays: 'store-way' };

/** A fault of the network between one instance, or all of them, and Redis or the store. */
function network(
  name: string,
  ways: Ways,
  whom: 'one' | 'all',
  fault: TcpFault,
  ms: FaultKind['ms'] = [1_000, 5_000],
): FaultKind {
  return {
    name,
    area: AREAS[ways],
    ms,
    async begin(world: World, random) {
      const all = world[ways];
      const chosen: readonly TcpProxy[] = whom === 'all' ? all : [random.pick(all)];
      for (const way of chosen) way.setFault(fault);
      return {
        detail: chosen.map((way) => all.indexOf(way)).join(),
        async end() {
          for (const way of chosen) way.setFault();
        },
      };
    },
  };
}

export const NETWORK_FAULTS: readonly FaultKind[] = [
  network('redis slow', 'redisWays', 'one', { ms: 200, jitterMs: 50 }),
  network('redis nearly too slow', 'redisWays', 'all', { ms: 20, jitterMs: 15 }),
  network('redis byte by byte', 'redisWays', 'one', 'trickle'),
  network('redis silent for one', 'redisWays', 'one', 'blackhole', [1_000, 6_000]),
  network('redis silent for all', 'redisWays', 'all', 'blackhole'),
  network('redis deaf', 'redisWays', 'one', 'blackhole-requests'),
  network('redis mute', 'redisWays', 'one', 'blackhole-replies'),
  network('redis cuts replies', 'redisWays', 'one', 'reset-mid-reply', [500, 3_000]),
  network('redis refuses', 'redisWays', 'one', 'refuse'),
  network('store far away', 'storeWays', 'one', { ms: 60, jitterMs: 60 }),
  network('store silent for one', 'storeWays', 'one', 'blackhole', [1_000, 4_000]),
  network('store mute', 'storeWays', 'one', 'blackhole-replies', [500, 3_000]),
  network('store cuts replies', 'storeWays', 'one', 'reset-mid-reply', [500, 2_000]),
];
