import { setTimeout as wait } from 'node:timers/promises';
import type { Exchanges } from './exchange.ts';
import type { Op } from './history.ts';
import type { Http } from './http.ts';
import type { Instance } from './instance.ts';
import { createLampActions } from './lamps.ts';
import { createCrate, createLinkActions, createTypeActions } from './others.ts';
import { now, randomFrom, zipf } from './random.ts';

export interface ClientOptions {
  readonly id: number;
  readonly lamps: number;
  readonly hubs: number;
  readonly instances: readonly Instance[];
  readonly authorization: string;
  readonly http: Http;
  readonly seed: number;
  readonly record: (op: Op) => void;
  readonly isOver: () => boolean;
}

/** Reads go to a few far more often than writes do, so that there is something to hit. */
const READ_SLOPE = 1.2;
const WRITE_SLOPE = 0.7;
const NO_CACHE = { 'cache-control': 'no-cache' };
/** A change of a type makes all that is cached of its entities out of date. */
const TYPE_EVERY_MS = 6_000;
const BREATH_MS = 20;

/** Runs one client, one operation after the other, until it is over. */
export async function runClient(options: ClientOptions): Promise<void> {
  const { id, lamps, hubs, instances, authorization, http, record, isOver } = options;
  const random = randomFrom(options.seed);
  const parts: Exchanges = { client: id, http, instances, authorization, random, record };
  let marks = 0;
  const newMark = () => `${id}-${++marks}`;
  const lamp = createLampActions(parts, lamps, newMark);
  const link = createLinkActions(parts, hubs, newMark);
  const type = createTypeActions(parts, newMark);
  const readAt = zipf(random, lamps, READ_SLOPE);
  const writeAt = zipf(random, lamps, WRITE_SLOPE);
  const anyHub = () => Math.floor(random() * hubs);
  const ownsLink = id < hubs;
  let typeChangedAt = now();

  async function changeTypeNowAndThen(): Promise<void> {
    if (id !== 0 || now() - typeChangedAt < TYPE_EVERY_MS) return;
    typeChangedAt = now();
    await type.change();
  }

  const MIX: readonly [share: number, run: () => Promise<unknown>][] = [
    [0.6, () => lamp.read(readAt())],
    [0.02, () => lamp.read(readAt(), NO_CACHE)],
    [0.12, () => lamp.listShelf(readAt())],
    [0.03, () => lamp.listKind(readAt())],
    [0.1, () => lamp.compareAndSet(writeAt())],
    [0.03, () => lamp.change(writeAt())],
    [0.015, () => lamp.recreate(writeAt())],
    [0.03, () => link.read(anyHub())],
    [0.01, () => (ownsLink ? link.change(id) : link.read(anyHub()))],
    [0.015, () => type.read()],
    [0.01, type.list],
    [0.01, () => createCrate(parts, newMark())],
  ];

  function pickAction(): () => Promise<unknown> {
    let left = random();
    for (const [share, run] of MIX) {
      left -= share;
      if (left < 0) return run;
    }
    return MIX[0]![1];
  }

  while (!isOver()) {
    await changeTypeNowAndThen();
    const before = now();
    await pickAction()();
    if (now() - before < 1) await wait(BREATH_MS); // nobody is there to answer
  }
}
