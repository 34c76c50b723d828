import { type Commands, createMemory, type Memory } from './memory.ts';
import { refusing } from './refusing.ts';
import type { Process } from './timeline.ts';
import type { World } from './world.ts';

/** One Redis process. Its name is what the protocol calls an incarnation. */
export interface Server {
  readonly name: string;
  alive: boolean;
  readonly memory: Memory;
  /** Until then it has no room: it answers, and refuses to keep anything. */
  fullUntil: number;
  /** What clients reach: the memory, or what a mutant makes of it. */
  readonly commands: Commands;
}

/** An instance's connection, as the instance sees it. */
export interface Link {
  readonly process: Process;
  server: Server | undefined;
  /** The name of the server, once it was asked for it on this connection. */
  known: string | undefined;
  /** Counts connections: no answer comes on another one than the question was sent on. */
  generation: number;
  /** Until then requests, or only the answers, get lost. */
  cutUntil: number;
  losesRequests: boolean;
  slowUntil: number;
}

export type Servers = ReturnType<typeof createServers>;

/** All Redis processes of a schedule, of which one is the primary, and who is connected to which. */
export function createServers(world: Pick<World, 'time' | 'random' | 'mutant' | 'note'>) {
  const { time, random, mutant, note } = world;
  const links = new Set<Link>();
  let count = 0;
  let primary = start(createMemory(time.now));
  let isolated: Server | undefined;
  const saved: Memory[] = [];

  function start(memory: Memory): Server {
    count += 1;
    const commands = mutant.commands?.(memory) ?? memory;
    const server: Server = {
      name: `redis${count}`,
      alive: true,
      memory,
      fullUntil: 0,
      commands: refusing(commands, () => server.fullUntil > time.now()),
    };
    return server;
  }

  /** Closes the connection; after a while there is another one, and after a while it is known to whom. */
  function connect(link: Link, ms: number): void {
    link.server = undefined;
    link.known = undefined;
    link.generation += 1;
    time.wake(ms, link.process, () => {
      const server = isolated?.alive && random.chance(0.2) ? isolated : primary;
      const generation = ++link.generation;
      link.server = server;
      time.wake(random.between(0.2, 5), link.process, () => {
        if (link.generation !== generation) return;
        link.known = server.name;
        note(() => `${link.process.name} is connected to ${server.name}`);
      });
    });
  }

  /** Everybody who is still connected to this server looks for the primary, each in its own time. */
  function leave(server: Server, withinMs: number): void {
    for (const link of links) {
      time.wake(random.between(0, withinMs), link.process, () => {
        if (link.server === server) connect(link, random.between(1, 200));
      });
    }
  }

  function stop(server: Server): void {
    server.alive = false;
    leave(server, random.pick([3, 300]));
  }

  return {
    primary: () => primary,
    link(process: Process): Link {
      const link: Link = {
        process,
        server: undefined,
        known: undefined,
        generation: 0,
        cutUntil: 0,
        losesRequests: false,
        slowUntil: 0,
      };
      links.add(link);
      connect(link, random.between(0, 5));
      return link;
    },
    connect,
    /** Keeps what the primary knows, for a later restart or failover. */
    save: () => void saved.push(primary.memory.copy()),
    /** The primary ends, and another one starts: empty, or with what was saved some time ago. */
    restart(rolledBack: boolean): void {
      const memory = rolledBack ? saved[random.below(saved.length)]?.copy() : undefined;
      stop(primary);
      primary = start(memory ?? createMemory(time.now));
      note(() => `${primary.name} starts ${memory ? 'with an old memory' : 'empty'}`);
    },
    /** A replica takes over with what it had last. The old primary lives on for a while, for those who stay. */
    failOver(aliveMs: number): void {
      const old = primary;
      isolated = old;
      primary = start((saved.at(-1) ?? old.memory).copy());
      note(() => `${primary.name} takes over from ${old.name}`);
      leave(old, random.pick([30, aliveMs, 2 * aliveMs]));
      time.after(aliveMs, () => stop(old));
    },
  };
}
