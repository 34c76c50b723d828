import { ABSENT, CellsUnavailable, WRITING } from '../../src/cache/cells.ts';
import { epochOf } from '../../src/cache/tokens.ts';
import type { Commands } from './memory.ts';

/** The commands of a server that may be full: then whatever would have to keep something fails, and changes nothing. */
export function refusing(commands: Commands, isFull: () => boolean): Commands {
  function keep<T>(needsRoom: boolean, run: () => T): T {
    if (needsRoom && isFull()) throw new CellsUnavailable('oom');
    return run();
  }

  const cellAt = (scope: string) => commands.look([scope]).cells[0]!;

  return {
    ...commands,
    intend: (...given) => keep(true, () => commands.intend(...given)),
    fill: (...given) => keep(true, () => commands.fill(...given)),
    /** Taking a write off its list keeps the rest of the list, or opens the cell; anything else deletes. */
    commit: (...given) => keep(cellAt(given[0]) === WRITING, () => commands.commit(...given)),
    open(scope, token) {
      const cell = cellAt(scope);
      const isClosed = cell === ABSENT || (cell !== WRITING && epochOf(cell) < epochOf(token));
      return keep(isClosed, () => commands.open(scope, token));
    },
  };
}
