import { ABSENT, type Cell, type Look, type Place, WRITING } from '../../src/cache/cells.ts';
import type { Representation } from '../../src/cache/representation.ts';
import { epochOf, type Token } from '../../src/cache/tokens.ts';

/** The commands of one Redis server, each for one key, as `adapters/redis/scripts.ts` has them. */
export interface Commands {
  look(scopes: readonly string[], at?: Place): Look;
  intend(scope: string, token: Token, ttlMs: number): void;
  commit(scope: string, token: Token, next: Token): void;
  open(scope: string, token: Token): Cell;
  drop(scope: string): void;
  fill(at: Place, representation: Representation, ttlMs: number): void;
}

/** A memory of cells and representations, and what may happen to it besides commands. */
export interface Memory extends Commands {
  /** Scopes with an open cell, scopes with writes under way, and places with a representation. */
  holds(): { open: string[]; writing: string[]; places: string[] };
  forgetCell(scope: string): void;
  forgetPlace(place: string): void;
  flush(): void;
  /** Another memory that knows what this one knows now. */
  copy(): Memory;
}

interface Open {
  readonly token: Token;
  readonly until: number;
}
/** When each write under way runs out. */
type Writers = ReadonlyMap<Token, number>;
interface Kept {
  readonly representation: Representation;
  readonly until: number;
}
interface Content {
  readonly cells: Map<string, Open | Writers>;
  readonly places: Map<string, Kept>;
}

const CELL_MS = 3_600_000;
const NOTHING: Content = { cells: new Map(), places: new Map() };

/** `now` is the server's own clock. */
export function createMemory(now: () => number, content: Content = NOTHING): Memory {
  const cells = new Map(content.cells);
  const places = new Map(content.places);
  const nameOf = ({ scope, name }: Place) => `${scope} ${name}`;

  const isOpen = (cell: Open | Writers): cell is Open => 'token' in cell;

  /** The cell, unless it ran out: an open one after its time, a list with the last of its writes. */
  function cellAt(scope: string): Open | Writers | undefined {
    const cell = cells.get(scope);
    if (!cell) return undefined;
    const until = isOpen(cell) ? cell.until : Math.max(...cell.values());
    if (until > now()) return cell;
    cells.delete(scope);
    return undefined;
  }

  /** The writes that have not run out, but for this one. */
  function othersOf(cell: Open | Writers | undefined, token: Token): Map<Token, number> {
    const others = new Map<Token, number>();
    if (!cell || isOpen(cell)) return others;
    for (const [other, until] of cell) if (other !== token && until > now()) others.set(other, until);
    return others;
  }

  function seen(scope: string): Cell {
    const cell = cellAt(scope);
    if (!cell) return ABSENT;
    return isOpen(cell) ? cell.token : WRITING;
  }

  const setOpen = (scope: string, token: Token) => void cells.set(scope, { token, until: now() + CELL_MS });

  function keptAt(place: string): Representation | undefined {
    const kept = places.get(place);
    return kept && kept.until > now() ? kept.representation : undefined;
  }

  return {
    look: (scopes, at) => ({ cells: scopes.map(seen), representation: at && keptAt(nameOf(at)) }),
    intend(scope, token, ttlMs) {
      cells.set(scope, othersOf(cellAt(scope), token).set(token, now() + ttlMs));
    },
    commit(scope, token, next) {
      const cell = cellAt(scope);
      const others = othersOf(cell, token);
      if (others.size > 0) cells.set(scope, others);
      else if (cell && !isOpen(cell) && cell.has(token)) setOpen(scope, next);
      else cells.delete(scope);
    },
    open(scope, token) {
      const cell = cellAt(scope);
      if (othersOf(cell, token).size > 0) return WRITING;
      if (cell && isOpen(cell) && epochOf(cell.token) >= epochOf(token)) return cell.token;
      setOpen(scope, token);
      return token;
    },
    drop(scope) {
      const cell = cellAt(scope);
      if (cell && isOpen(cell)) cells.delete(scope);
    },
    fill(at, representation, ttlMs) {
      places.set(nameOf(at), { representation, until: now() + ttlMs });
    },
    holds() {
      const scopes = [...cells];
      return {
        open: scopes.filter(([, cell]) => isOpen(cell)).map(([scope]) => scope),
        writing: scopes.filter(([, cell]) => !isOpen(cell)).map(([scope]) => scope),
        places: [...places.keys()],
      };
    },
    forgetCell: (scope) => void cells.delete(scope),
    forgetPlace: (place) => void places.delete(place),
    flush() {
      cells.clear();
      places.clear();
    },
    copy: () => createMemory(now, { cells, places }),
  };
}
