import { setTimeout as wait } from 'node:timers/promises';
import { FAILPOINTS, type Failpoint } from './failpoints.ts';
import type { Active, FaultKind } from './faults.ts';
import type { Instance } from './instance.ts';
import type { Random } from './random.ts';

type Begin = (instance: Instance, random: Random) => Promise<() => Promise<void>>;

/** Something that happens to one of the processes. */
function happens(name: string, ms: FaultKind['ms'], begin: Begin): FaultKind {
  return {
    name,
    area: 'process',
    ms,
    async begin({ instances }, random): Promise<Active> {
      const instance = random.pick(instances);
      const end = await begin(instance, random);
      return { detail: String(instance.index), end };
    },
  };
}

const killed: Begin = async (instance) => {
  await instance.kill();
  return instance.start;
};

/** Ends the process where it passes next; if it does not come that way, nothing has happened. */
const killedAt =
  (point: Failpoint): Begin =>
  async (instance) => {
    instance.tell({ arm: point });
    return async () => {
      if (instance.isUp()) instance.tell({ arm: null });
      await wait(20); // it may be passing right now
      if (!instance.isUp()) await instance.start();
    };
  };

const stopped: Begin = async (instance) => {
  instance.pause();
  return async () => instance.resume();
};

const blocked: Begin = async (instance) => {
  const again = setInterval(() => instance.tell({ block: 500 }), 800);
  instance.tell({ block: 500 });
  return async () => clearInterval(again);
};

const shifted: Begin = async (instance, random) => {
  instance.tell({ shift: random.pick([-5_000, 5_000]) });
  return async () => instance.tell({ shift: 0 });
};

export const PROCESS_FAULTS: readonly FaultKind[] = [
  happens('process killed', [300, 1_500], killed),
  ...FAILPOINTS.map((point) => happens(`process killed ${point}`, [500, 1_500], killedAt(point))),
  happens('process stopped', [1_000, 8_000], stopped),
  happens('process busy', [500, 2_500], blocked),
  happens('process clock off', [3_000, 8_000], shifted),
];
