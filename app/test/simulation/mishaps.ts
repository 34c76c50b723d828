import { type Instance, startInstance } from './instance.ts';
import type { Moment, World } from './world.ts';

export const anyone = ({ random, instances }: World): Instance => random.pick(instances);

/** One instance, or in one of four cases all of them. */
export const some = (world: World): readonly Instance[] =>
  world.random.chance(0.25) ? world.instances : [anyone(world)];

export function crash(world: World, instance: Instance): void {
  const { time, random, instances, note } = world;
  const place = instances.indexOf(instance);
  if (place < 0) return;
  instance.process.alive = false;
  note(() => `${instance.process.name} crashes`);
  const boot = Number(instance.process.name.split('.')[1]) + 1;
  instances[place] = startInstance(world, place, boot);
  // The new process needs a while before anybody asks it.
  instances[place].process.pausedUntil = time.now() + random.between(0, 400);
}

export function pause(world: World, { process }: Instance, ms: number): void {
  process.pausedUntil = Math.max(process.pausedUntil, world.time.now() + ms);
  world.note(() => `${process.name} is paused for ${ms}`);
}

/** Stops an instance, often for longer than a mark lives. */
export const pauseLong = (world: World) => (instance: Instance) =>
  pause(world, instance, world.random.pick([900, 17_000, 17_000, 60_000]));

export function disconnect(world: World, ms: number): void {
  for (const { link } of world.instances) world.servers.connect(link, ms + world.random.between(0, 300));
}

/** The store takes its time for this instance, so that there is time for others. */
export function delay({ time, note }: World, { weather, process }: Instance, ms: number): void {
  weather.slowUntil = time.now() + ms;
  weather.slowMs = ms;
  note(() => `the store is slow for ${process.name}: ${ms}`);
}

/** Runs once, when one of these things is sent or done, by one instance if it has to be that. */
export function trap(
  world: World,
  awaited: readonly `${Moment['stage']} ${string}`[],
  run: (instance: Instance, scope: string) => void,
  by?: Instance,
): void {
  const chosen = world.random.pick(awaited);
  world.traps.add(({ stage, command, process, scope = '' }) => {
    if (chosen !== `${stage} ${command}`) return false;
    const instance = world.instances.find((one) => one.process === process);
    if (!instance || (by && by !== instance)) return false;
    run(instance, scope);
    return true;
  });
}

export function forget(world: World, kind: 'open' | 'writing' | 'places'): void {
  const { memory } = world.servers.primary();
  const names = memory.holds()[kind];
  if (names.length === 0) return;
  const name = world.random.pick(names);
  world.note(() => `forgotten: ${kind} ${name}`);
  if (kind === 'places') memory.forgetPlace(name);
  else memory.forgetCell(name);
}

const DELAYS_MS = [20, 60, 200, 1_500];

/** Right after the next mark was set, and while its writer has to wait for the store. */
export function meanwhile(world: World, run: (writer: Instance, scope: string) => void): void {
  trap(world, ['done intend'], (writer, scope) => {
    delay(world, writer, world.random.pick(DELAYS_MS));
    world.time.after(world.random.between(0, 3), () => run(writer, scope));
  });
}

/** A cell is gone, whatever it held. */
export function forgetCell({ servers, note }: World, scope: string): void {
  servers.primary().memory.forgetCell(scope);
  note(() => `forgotten: ${scope}`);
}
