import type { Memo } from '../table/memo.ts';
import { ABSENT, type Cells, WRITING } from './cells.ts';
import { createFlights } from './flights.ts';
import { epochOf, type Token, type Tokens } from './tokens.ts';
import type { TrackedTable } from './tracked.ts';
import type { Trust } from './trust.ts';

export interface MemoOptions {
  readonly cells: Cells;
  readonly trust: Trust;
  readonly tokens: Tokens;
  readonly table: Pick<TrackedTable, 'tokenOf'>;
  /** Milliseconds of a clock that never jumps. */
  readonly ticks: () => number;
}

interface Known<T> {
  readonly value: T;
  /** The token under which it was read; undefined if nobody could tell. */
  readonly token: Token | undefined;
  /** When reading it began, by `ticks`. */
  readonly began: number;
}

/**
 * A memo whose things are checked by the token of their scope each time: as current as what the cache answers. Without
 * the cells they are good for a lease, once everybody who could change them knows that; see `blind.ts`.
 */
export function coherentMemo<T>({ cells, trust, tokens, table, ticks }: MemoOptions): Memo<T> {
  const known = new Map<string, Known<T>>();
  const flights = createFlights<T>();

  /** The token of an open scope; undefined where only the store can tell. */
  async function tokenOf(scope: string): Promise<Token | undefined> {
    if (!trust.mayRead() || trust.distrusts(scope)) return undefined;
    let [cell = ABSENT] = (await cells.look([scope])).cells;
    if (cell === ABSENT || (cell !== WRITING && epochOf(cell) < trust.epoch())) {
      cell = await cells.open(scope, tokens.next(trust.epoch()));
    }
    return cell === WRITING || trust.distrusts(scope) || !trust.mayRead() ? undefined : cell;
  }

  return {
    async recall(scope, name, load) {
      const inLoad = table.tokenOf(scope);
      const token = inLoad === 'none' ? await tokenOf(scope).catch(() => undefined) : inLoad;
      const one = known.get(name);
      const isCurrent = one && (token === undefined ? trust.remembers(one.began) : one.token === token);
      if (isCurrent) return one.value;
      const kept = async () => {
        const began = ticks();
        const value = await load();
        known.set(name, { value, token, began });
        return value;
      };
      return token === undefined ? flights.joinNext(name, kept) : flights.join(`${name} ${token}`, kept);
    },
    learn() {},
    forget: (name) => void known.delete(name),
  };
}
