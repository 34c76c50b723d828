import { ABSENT, type Cell, type Look, WRITING } from '../../cache/cells.ts';
import { decode } from '../../cache/representation.ts';

/** Fetches many keys in one command, in time or not at all; in a cluster all of them lie in one slot. */
export type Fetch = (keys: readonly string[]) => Promise<readonly (Buffer | null)[]>;

/** One caller's keys: its cells, then perhaps a representation. */
interface Waiting {
  readonly cells: readonly string[];
  readonly representation: string | undefined;
  readonly resolve: (look: Look) => void;
  readonly reject: (error: unknown) => void;
}

/** Beyond this a command is so large that the next one should start meanwhile. */
const MAX_KEYS = 300;
const OPEN = 'G'.charCodeAt(0);

/**
 * Gathers the looks of one turn of the event loop into one command for each group of keys, each key once: under load
 * the cell of an organisation's types is asked for by everybody. The command is sent after the last look came
 * in, so none of them sees a state from before it asked.
 */
export function createLooks(fetch: Fetch, groupOf?: (key: string) => string) {
  let waiting: Waiting[] = [];
  let keys = 0;

  function flush(): void {
    const callers = waiting;
    waiting = [];
    keys = 0;
    if (callers.length > 0) void answer(callers);
  }

  async function answer(callers: readonly Waiting[]): Promise<void> {
    const values = new Map<string, Buffer | null>();
    for (const { cells, representation } of callers) {
      for (const key of cells) values.set(key, null);
      if (representation !== undefined) values.set(representation, null);
    }
    try {
      const keys = [...values.keys()];
      const groups = groupOf ? grouped(keys, groupOf) : [keys];
      await Promise.all(groups.map((group) => fetchInto(values, group)));
    } catch (error) {
      for (const { reject } of callers) reject(error);
      return;
    }
    for (const { cells, representation, resolve } of callers) {
      const bytes = representation === undefined ? undefined : values.get(representation);
      resolve({
        cells: cells.map((key) => cellOf(values.get(key))),
        representation: bytes ? decode(bytes) : undefined,
      });
    }
  }

  async function fetchInto(values: Map<string, Buffer | null>, group: readonly string[]): Promise<void> {
    const found = await fetch(group);
    for (let i = 0; i < group.length; i++) values.set(group[i]!, found[i]!);
  }

  return function look(cells: readonly string[], representation: string | undefined): Promise<Look> {
    return new Promise((resolve, reject) => {
      if (waiting.length === 0) setImmediate(flush);
      waiting.push({ cells, representation, resolve, reject });
      keys += cells.length + 1;
      if (keys >= MAX_KEYS) flush();
    });
  };
}

function grouped(keys: readonly string[], groupOf: (key: string) => string): string[][] {
  const groups = new Map<string, string[]>();
  for (const key of keys) {
    const name = groupOf(key);
    const group = groups.get(name);
    if (group) group.push(key);
    else groups.set(name, [key]);
  }
  return [...groups.values()];
}

export function cellOf(value: Buffer | string | null | undefined): Cell {
  if (value === null || value === undefined) return ABSENT;
  if (typeof value === 'string') return value.startsWith('G') ? value.slice(1) : WRITING;
  return value[0] === OPEN ? value.toString('latin1', 1) : WRITING;
}
