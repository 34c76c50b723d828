import { type Cells, CellsUnavailable, type Look } from '../../src/cache/cells.ts';
import { call, type Fate, LOST } from './calls.ts';
import type { Commands } from './memory.ts';
import type { Link } from './servers.ts';
import { latency, type World } from './world.ts';

const READ_MS = 50;
const WRITE_MS = 100;

/**
 * The cells as an instance reaches them. In a cluster each scope is asked for on its own; on a single server all
 * scopes of a look come from one moment.
 */
export function remoteCells(world: World, link: Link, isCluster: boolean): Cells {
  const { time, random, note } = world;

  function fateOf(patience: number): Fate {
    if (link.slowUntil > time.now()) {
      return { request: random.between(0, 4 * patience), reply: random.between(0, patience), patience };
    }
    const isCut = link.cutUntil > time.now();
    const request = isCut && link.losesRequests ? undefined : latency(world);
    return { request, reply: isCut ? undefined : latency(world), patience };
  }

  function ask<T>(
    command: string,
    scope: string,
    patience: number,
    effect: (commands: Commands) => T,
  ): Promise<T> {
    const { server, generation, process } = link;
    if (!server) return Promise.reject(new CellsUnavailable('unconnected'));
    return call(world, {
      command,
      process,
      scope,
      fate: fateOf(patience),
      effect() {
        if (!server.alive) throw LOST;
        const result = effect(server.commands);
        note(() => `${server.name}: ${command} ${scope} by ${process.name}${told(result)}`);
        return result;
      },
      late: (reason) => new CellsUnavailable(reason),
      holds: () => link.generation === generation,
    });
  }

  /** One command for each scope, side by side: any of them may take effect without the others. */
  async function each(
    command: string,
    scopes: readonly string[],
    effect: (commands: Commands, scope: string) => void,
  ): Promise<void> {
    await Promise.all(
      scopes.map((scope) => ask(command, scope, WRITE_MS, (commands) => effect(commands, scope))),
    );
  }

  return {
    async look(scopes, at) {
      if (!isCluster || scopes.length === 1) {
        return ask('look', scopes.join(' '), READ_MS, (commands) => commands.look(scopes, at));
      }
      const looks = await Promise.all(
        scopes.map((scope) =>
          ask('look', scope, READ_MS, (commands) => {
            return commands.look([scope], scope === at?.scope ? at : undefined);
          }),
        ),
      );
      const representation = looks.find((look) => look.representation)?.representation;
      return { cells: looks.map(({ cells: [cell] }) => cell!), representation };
    },
    intend: (scopes, token, ttlMs) =>
      each('intend', scopes, (commands, scope) => commands.intend(scope, token, ttlMs)),
    commit: (scopes, token, next) =>
      each('commit', scopes, (commands, scope) => commands.commit(scope, token, next)),
    open: (scope, token) => ask('open', scope, READ_MS, (commands) => commands.open(scope, token)),
    drop: (scopes) => each('drop', scopes, (commands, scope) => commands.drop(scope)),
    fill: (at, one, ttlMs) => ask('fill', at.scope, WRITE_MS, (commands) => commands.fill(at, one, ttlMs)),
    incarnation: () => link.known,
    async close() {},
  };
}

function told(result: unknown): string {
  if (typeof result === 'string') return ` -> ${result}`;
  if (typeof result !== 'object' || result === null) return '';
  const { cells, representation: held } = result as Look;
  return ` -> ${cells.join(' ')}${held ? ` [${held.stamp} ${Buffer.from(held.body)}]` : ''}`;
}
