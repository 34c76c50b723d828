import { type Cells, CellsUnavailable, WRITING } from '../../src/cache/cells.ts';
import { createFlights } from '../../src/cache/flights.ts';
import { COHERENCE } from '../../src/cache/records.ts';
import type { Representation } from '../../src/cache/representation.ts';
import { createTokens, TOKEN_LENGTH, type Token } from '../../src/cache/tokens.ts';
import type { Action } from '../../src/table/table.ts';
import type { InstanceParts, Mutant } from './mutants.ts';
import { createStore, type Store } from './store.ts';

const isToken = (cell: string | undefined): cell is Token => cell?.length === TOKEN_LENGTH;

/** A representation under another token of its first scope. */
function stamped(one: Representation, token: string | undefined): Representation {
  return isToken(token) ? { ...one, stamp: token + one.stamp.slice(TOKEN_LENGTH) } : one;
}

/** Does a command a second time, later, if it was not answered in time: as a client does that means well. */
function resending(cells: Cells, { world, process }: InstanceParts, fillAgain: Cells['fill']): Cells {
  const { time, random, note } = world;

  async function twice<T>(name: string, call: () => Promise<T>, again: () => Promise<unknown>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      if (error instanceof CellsUnavailable && error.reason === 'timeout') {
        note(() => `${process.name} sends ${name} again`);
        time.wake(
          random.between(1, random.pick([30, 200, 1_000])),
          process,
          () => void again().catch(() => {}),
        );
      }
      throw error;
    }
  }

  const wrap =
    <A extends readonly unknown[], T>(name: string, command: (...given: A) => Promise<T>) =>
    (...given: A) =>
      twice(
        name,
        () => command(...given),
        () => command(...given),
      );

  return {
    ...cells,
    intend: wrap('intend', cells.intend),
    commit: wrap('commit', cells.commit),
    open: wrap('open', cells.open),
    drop: wrap('drop', cells.drop),
    fill: (...given) =>
      twice(
        'fill',
        () => cells.fill(...given),
        () => fillAgain(...given),
      ),
  };
}

const LAG_MS = 20;

/** A store whose readers see everything but the protocol's own records a little late. */
function lagging(store: Store, now: () => number): Store {
  const behind = createStore();
  const under: { at: number; actions: readonly Action[] }[] = [];
  const seen = ({ pk }: { pk: string }) => {
    if (pk === COHERENCE) return store;
    while (under.length > 0 && under[0]!.at <= now() - LAG_MS) behind.write(under.shift()!.actions);
    return behind;
  };
  return {
    get: (key) => seen(key).get(key),
    query: (query) => seen(query).query(query),
    write(actions) {
      store.write(actions);
      under.push({ at: now(), actions });
    },
  };
}

/** Mistakes of those who read and fill. */
export const READ_MUTANTS: readonly Mutant[] = [
  {
    name: 'tokens are counted from one',
    shownBy: ['calm'],
    tokens: () => createTokens('------------'),
  },
  {
    name: 'tokens repeat after a restart',
    shownBy: ['crashes'],
    tokens: ({ place }) => createTokens(`i${place}----------`),
  },
  {
    name: 'a cell is opened over the marks of writes',
    shownBy: ['strict'],
    commands: (memory) => ({
      ...memory,
      open(scope, token) {
        if (memory.look([scope]).cells[0] === WRITING) memory.forgetCell(scope);
        return memory.open(scope, token);
      },
    }),
  },
  {
    name: 'fills take the token of the moment',
    shownBy: ['calm'],
    commands: (memory) => ({
      ...memory,
      fill: (at, one, ttlMs) => memory.fill(at, stamped(one, memory.look([at.scope]).cells[0]), ttlMs),
    }),
  },
  {
    name: 'the store is read as it was a moment ago',
    shownBy: ['calm'],
    store: lagging,
  },
  {
    name: 'flights are joined whatever their tokens',
    shownBy: ['lost marks', 'calm'],
    flights() {
      const flights = createFlights<Representation>();
      return { ...flights, join: (name, run) => flights.join(name.slice(0, name.lastIndexOf(' ')), run) };
    },
  },
  {
    name: 'commands are sent again',
    shownBy: ['ill'],
    cells: (cells, parts) => resending(cells, parts, cells.fill),
  },
  {
    name: 'commands are sent again, and fills with the token of the moment',
    shownBy: ['slow cells'],
    cells: (cells, parts) =>
      resending(cells, parts, async (at, one, ttlMs) => {
        const [cell] = (await cells.look([at.scope])).cells;
        await cells.fill(at, stamped(one, cell), ttlMs);
      }),
  },
];
