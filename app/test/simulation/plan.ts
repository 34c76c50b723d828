import { type Clients, createClients } from './clients.ts';
import { FAULTS, type FaultName } from './faults.ts';
import type { World } from './world.ts';

/** Between two bursts of requests, at first and later. */
const DENSE_MS: [number, number] = [40, 200];
const SPARSE_MS: [number, number] = [300, 4_000];
/** Part of the schedules in which clients do not wait until the instances trust the cells. */
const COLD = 0.15;
/** How long after the last burst everything is read once more, and how long that takes. */
const SWEEP_AFTER_MS = 900;
const SWEEP_MS = 200;

/** Sets out bursts of requests, with faults among them, and a last reading of everything; answers when it ends. */
export function plan(world: World): number {
  const { random, time, scenario } = world;
  const clients = createClients(world);
  const { until, calmFrom } = scenario;
  const from = random.chance(COLD) ? 0 : scenario.from;
  const gapAt = (at: number) => (at < calmFrom ? DENSE_MS : SPARSE_MS);
  const faultRate = random.pick(scenario.faultRates);
  for (const name of scenario.opening) happens(world, name, from);
  for (let at = from; at < until; at += random.between(...gapAt(at))) {
    const spread = random.pick([2, 10, 40]);
    time.after(at, () => clients.burst(spread));
    if (!random.chance(faultRate)) continue;
    happens(world, random.pick(scenario.faults), at + random.between(-spread, 2 * spread));
  }
  if (random.chance(0.7)) watch(world, clients);
  time.after(until + SWEEP_AFTER_MS, clients.sweep);
  return until + SWEEP_AFTER_MS + SWEEP_MS;
}

function happens(world: World, name: FaultName, at: number): void {
  world.time.after(at, () => {
    world.figures.faults += 1;
    world.note(() => `fault: ${name}`);
    FAULTS[name](world);
  });
}

/** Moments that are worth a look: one kind of them for each schedule. */
const WATCHED = [
  'sent drop',
  'done drop',
  'done intend',
  'done write',
  'sent commit',
  'done commit',
  'done open',
];
const MAX_LOOKS = 40;

/** Somebody reads, or writes, whenever such a moment comes. */
function watch({ random, traps, time }: World, clients: Clients): void {
  const watched = random.pick(WATCHED);
  let looks = 0;
  traps.add(({ stage, command }) => {
    if (watched !== `${stage} ${command}` || looks >= MAX_LOOKS || random.chance(0.4)) return false;
    looks += 1;
    const act = random.chance(0.8) ? () => clients.read() : clients.write;
    time.after(random.between(0, 3), act);
    return false;
  });
}
