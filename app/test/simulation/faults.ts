import { deleteBlind } from '../../src/cache/records.ts';
import { bumped, flooded } from './epochs.ts';
import type { Instance } from './instance.ts';
import {
  anyone,
  crash,
  delay,
  disconnect,
  forget,
  forgetCell,
  meanwhile,
  pause,
  pauseLong,
  some,
  trap,
} from './mishaps.ts';
import type { World } from './world.ts';

/** Something that goes wrong. It may also set a trap, and go wrong at a certain moment later. */
export type Fault = (world: World) => void;

export const FAULTS = {
  evictRepresentation: (world) => forget(world, 'places'),
  evictOpenCell: (world) => forget(world, 'open'),
  evictMark: (world) => forget(world, 'writing'),

  /** A mark that is gone almost as soon as it was set. */
  evictNextMark: (world) => meanwhile(world, (_, scope) => forgetCell(world, scope)),
  /** The same, and the writer cannot tell, */
  evictAndCut: (world) =>
    meanwhile(world, (writer, scope) => {
      forgetCell(world, scope);
      const cut = ({ link }: Instance) =>
        Object.assign(link, { cutUntil: world.time.now() + 200, losesRequests: true });
      trap(world, ['done write'], cut, writer);
    }),
  /** or dies before it could tell. */
  evictAndCrash: (world) =>
    meanwhile(world, (writer, scope) => {
      forgetCell(world, scope);
      trap(world, ['done write', 'sent commit'], () => crash(world, writer), writer);
    }),
  /** Readers find nothing, and go to open what is about to be marked. Marks of others are spared. */
  evictBeforeMark: (world) =>
    trap(world, ['sent intend'], (_, scope) => {
      const { writing } = world.servers.primary().memory.holds();
      if (!writing.includes(scope)) forgetCell(world, scope);
    }),
  /** Somebody empties what a write has just been listed in. */
  dropMeanwhile: (world) => meanwhile(world, (_, scope) => world.servers.primary().commands.drop(scope)),

  flush(world) {
    world.note(() => 'flush');
    world.servers.primary().memory.flush();
  },

  /** There is no room for anything new, for a while. What is there stays. */
  fillUp(world) {
    const server = world.servers.primary();
    server.fullUntil = world.time.now() + world.random.pick([5, 60, 600, 1_500]);
    world.note(() => `${server.name} is full until ${server.fullUntil}`);
  },
  /** It is full when a write that is listed has to be taken off. */
  fillUpMeanwhile: (world) => meanwhile(world, () => FAULTS.fillUp(world)),

  restartEmpty: ({ servers }) => servers.restart(false),
  restartOld({ servers, time, random }) {
    servers.save();
    time.after(random.between(10, 600), () => servers.restart(true));
  },

  failOver({ servers, time, random }) {
    if (random.chance(0.8)) servers.save(); // the state of the replica: as of now, or of long ago
    time.after(random.between(0, 30), () => servers.failOver(random.pick([20, 500, 3_000])));
  },

  /** Connections break, and come back. */
  reconnect(world) {
    for (const { link } of some(world)) world.servers.connect(link, world.random.between(1, 300));
  },

  /** Packets to and from the cells get lost for a while, and nobody is told. */
  cutCells(world) {
    const { random, time, note } = world;
    const until = time.now() + random.pick([10, 100, 600, 1_500]);
    for (const { link, process } of some(world)) {
      link.cutUntil = until;
      link.losesRequests = random.chance(0.6);
      note(() => `${process.name} is cut off from the cells until ${until}`);
    }
  },

  /** Nobody can use the cells for so long that much of what was recorded still is to be followed. */
  outage(world) {
    const until = world.time.now() + world.random.pick([900, 1_500]);
    const losesRequests = world.random.chance(0.8);
    for (const { link } of world.instances) Object.assign(link, { cutUntil: until, losesRequests });
    world.note(() => `the cells are out of reach until ${until}`);
  },

  /** The same, and everybody knows. */
  disconnect: (world) => disconnect(world, world.random.pick([300, 2_000])),
  disconnectLong: (world) => disconnect(world, world.random.between(2_000, 5_000)),

  /** One cannot use them and knows it. When it says so, others are late to notice. */
  disconnectOne(world) {
    const { random, time, servers, instances, note } = world;
    const blind = anyone(world);
    const ms = random.between(1_500, 4_500);
    servers.connect(blind.link, ms);
    note(() => `${blind.process.name} is disconnected from the cells for ${ms}`);
    const others = instances.filter((one) => one !== blind);
    time.after(random.between(300, 800), () => {
      for (const one of others) delay(world, one, 500);
    });
  },
  /** Somebody whose clock is off takes the instances that say so for abandoned. */
  forgetBlind: ({ store, instances }) =>
    store.write(instances.map(({ process }) => deleteBlind(process.name))),

  slowCells(world) {
    const until = world.time.now() + world.random.pick([30, 200, 800]);
    for (const { link } of some(world)) link.slowUntil = until;
  },

  crash: (world) => crash(world, anyone(world)),
  crashAfter: (world) =>
    trap(world, ['done intend', 'done write', 'sent commit', 'done commit', 'done drop'], (instance) =>
      crash(world, instance),
    ),
  /** When the new process begins to open cells, it finds many of them gone. */
  crashThenEvict(world) {
    crash(world, anyone(world));
    world.time.after(world.random.between(700, 1_100), () => {
      for (const scope of world.servers.primary().memory.holds().open) forgetCell(world, scope);
    });
  },

  pause: (world) => pause(world, anyone(world), world.random.pick([5, 50, 700, 900, 4_000])),
  pauseLong: (world) => pauseLong(world)(anyone(world)),
  /** Between a mark and what was to be written under it, or between the write and what comes after it, */
  pauseWriter: (world) => trap(world, ['done intend', 'sent prepare', 'done write'], pauseLong(world)),
  /** or when everything is decided and nothing has been sent. */
  pauseBeforeWrite: (world) => trap(world, ['sent prepare'], pauseLong(world)),

  cutStore(world) {
    const until = world.time.now() + world.random.pick([50, 600, 1_500]);
    for (const { weather } of some(world)) weather.cutUntil = until;
  },
  /** The heartbeat is late as well. */
  slowStore(world) {
    const ms = world.random.pick([50, 600, 1_500]);
    for (const instance of some(world)) delay(world, instance, ms);
  },
  troubledStore(world) {
    const until = world.time.now() + world.random.pick([20, 200]);
    for (const { weather } of some(world)) weather.troubleUntil = until;
  },

  /** What a long outage of the cells leaves behind. */
  flood: ({ store }) => flooded(store),
  /** Something changed the store from outside: the operator moves on to a new epoch. */
  newEpoch: ({ store }) => bumped(store),
  /** The same while a write takes its time. */
  newEpochMeanwhile: (world) =>
    trap(world, ['done intend'], (writer) => {
      delay(world, writer, 1_500);
      world.time.after(world.random.between(0, 100), () => bumped(world.store));
    }),
} satisfies Record<string, Fault>;

export type FaultName = keyof typeof FAULTS;
