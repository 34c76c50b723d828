import { setTimeout as wait } from 'node:timers/promises';
import type { Op } from './history.ts';
import type { Http } from './http.ts';
import { createLampActions } from './lamps.ts';
import { type Counts, countsOf } from './metrics.ts';
import { now, randomFrom, zipf } from './random.ts';
import type { World } from './world.ts';

export interface LoadOptions {
  readonly world: World;
  readonly http: Http;
  readonly lamps: number;
  readonly seed: number;
  readonly record: (op: Op) => void;
}

/** What the instances had counted at a time. */
export interface Sample {
  readonly at: number;
  readonly counts: Counts;
}

export interface Load {
  readonly samples: readonly Sample[];
  stop(): Promise<void>;
}

const WORKERS = 16;
/** Each worker begins one operation in this time: well below what the store can do alone. */
const TURN_MS = 100;
const SAMPLE_MS = 1_000;
const SLOPE = 1.1;
const WRITES = 0.1;
const LISTINGS = 0.1;

/** Steady traffic, nine tenths of it reads, of a few things much and of many little. */
export function startLoad({ world, http, lamps, seed, record }: LoadOptions): Load {
  const { instances, authorization } = world;
  const samples: Sample[] = [];
  let isOver = false;

  async function work(client: number): Promise<void> {
    const random = randomFrom(seed + client);
    let marks = 0;
    const newMark = () => `${seed}-${client}-${++marks}`;
    const lamp = createLampActions(
      { client, http, instances, authorization, random, record },
      lamps,
      newMark,
    );
    const any = zipf(random, lamps, SLOPE);
    for (let due = now() + random() * TURN_MS; !isOver; due = Math.max(due + TURN_MS, now())) {
      await wait(Math.max(1, due - now()));
      const roll = random();
      if (roll < WRITES) await lamp.change(any());
      else if (roll < WRITES + LISTINGS) await lamp.listShelf(any());
      else await lamp.read(any());
    }
  }

  async function watch(): Promise<void> {
    while (!isOver) {
      const counts = await countsOf(http, instances).catch(() => undefined);
      if (counts) samples.push({ at: now(), counts });
      await wait(SAMPLE_MS);
    }
  }

  const running = [watch(), ...Array.from({ length: WORKERS }, (_, id) => work(id))];
  return {
    samples,
    async stop() {
      isOver = true;
      await Promise.all(running);
    },
  };
}
