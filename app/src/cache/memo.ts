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
}

/** A memo whose things are checked by the token of their scope each time: as current as what the cache answers. */
export function coherentMemo<T>({ cells, trust, tokens, table }: MemoOptions): Memo<T> {
  const known = new Map<string, { token: Token; value: T }>();
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
      if (token === undefined) return flights.joinNext(name, load);
      const one = known.get(name);
      if (one?.token === token) return one.value;
      return flights.join(`${name} ${token}`, async () => {
        const value = await load();
        known.set(name, { token, value });
        return value;
      });
    },
    learn() {},
    forget: (name) => void known.delete(name),
  };
}
