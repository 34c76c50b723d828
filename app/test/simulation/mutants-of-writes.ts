import { type Cells, WRITING } from '../../src/cache/cells.ts';
import type { Token } from '../../src/cache/tokens.ts';
import { Failure } from '../../src/kernel/errors.ts';
import { contended } from '../../src/table/failures.ts';
import { type Action, type Item, keyOf } from '../../src/table/table.ts';
import type { InstanceParts, Mutant } from './mutants.ts';
import { MEMBERS, memberContent, memberPlace, recordOf } from './records.ts';
import type { Process } from './timeline.ts';

const isRecord = (action: Action) => action.type === 'put' && action.item.kind === 'dirty';

/** What the processes of the mutant below wrote last, by scope. */
const written = new WeakMap<Process, Map<string, Item>>();

function itemsOf(process: Process): Map<string, Item> {
  const items = written.get(process) ?? new Map<string, Item>();
  written.set(process, items);
  return items;
}

function noteItem(items: Map<string, Item>, action: Action): void {
  const { pk } = keyOf(action);
  if (!MEMBERS.some((member) => member === recordOf(keyOf(action)))) return;
  if (action.type === 'put') items.set(pk, action.item);
  else items.delete(pk);
}

/** Puts what this process wrote into the cache, as if nobody else could have written since. */
function install(cells: Cells, { process, world }: InstanceParts, scope: string, stamp: Token): void {
  const item = itemsOf(process).get(scope);
  if (!item) return;
  const expiresAt = Number.MAX_SAFE_INTEGER;
  const one = { kind: 'value', ...memberContent(item), stamp, freshUntil: expiresAt, expiresAt } as const;
  cells.fill(memberPlace(recordOf(item)!), one, 600_000).catch(() => {});
  world.note(() => `${process.name} installs ${item.by} under ${stamp}`);
}

/** Mistakes of those who write. */
export const WRITE_MUTANTS: readonly Mutant[] = [
  {
    name: 'no mark before the write',
    shownBy: ['slow cells', 'strict'],
    cells: (cells) => ({ ...cells, intend: async () => {} }),
  },
  {
    name: 'a mark that failed counts',
    shownBy: ['slow cells'],
    cells: (cells) => ({ ...cells, intend: (...given) => cells.intend(...given).catch(() => {}) }),
  },
  {
    name: 'a mark replaces those of others',
    shownBy: ['calm'],
    commands: (memory) => ({
      ...memory,
      intend(scope, token, ttlMs) {
        memory.forgetCell(scope);
        memory.intend(scope, token, ttlMs);
      },
    }),
  },
  {
    name: 'commit opens a cell in which others write',
    shownBy: ['calm'],
    commands: (memory) => ({
      ...memory,
      commit(scope, token, next) {
        memory.commit(scope, token, next);
        if (memory.look([scope]).cells[0] !== WRITING) return;
        memory.forgetCell(scope);
        memory.open(scope, next);
      },
    }),
  },
  {
    name: 'a commit that failed counts',
    shownBy: ['lost marks'],
    cells: (cells) => ({ ...cells, commit: (...given) => cells.commit(...given).catch(() => {}) }),
  },
  {
    name: 'commit leaves an open cell',
    shownBy: ['lost marks'],
    commands: (memory) => ({
      ...memory,
      commit(scope, token, next) {
        if (memory.look([scope]).cells[0] === WRITING) memory.commit(scope, token, next);
      },
    }),
  },
  {
    name: 'acknowledged without a commit',
    shownBy: ['lost marks'],
    cells: (cells) => ({ ...cells, commit: async () => {} }),
  },
  {
    name: 'acknowledged without a record',
    shownBy: ['outages', 'ill'],
    table: (table) => ({
      ...table,
      async write(actions) {
        const others = actions.filter((action) => !isRecord(action));
        if (others.length > 0) await table.write(others);
      },
    }),
  },
  {
    name: 'a write of unknown outcome counts as refused',
    shownBy: ['troubled store'],
    table: (table) => ({
      ...table,
      async write(actions) {
        try {
          await table.write(actions);
        } catch (error) {
          throw error instanceof Failure && error.kind === 'unavailable' ? contended(error) : error;
        }
      },
    }),
  },
  {
    name: 'written into the cache without asking who else wrote',
    shownBy: ['calm'],
    table: (table, { process }) => ({
      ...table,
      async write(actions) {
        await table.write(actions);
        for (const action of actions) noteItem(itemsOf(process), action);
      },
    }),
    cells: (cells, parts) => ({
      ...cells,
      async commit(scopes, token, next) {
        await cells.commit(scopes, token, next);
        for (const scope of scopes) install(cells, parts, scope, next);
      },
    }),
  },
  {
    name: 'drop takes marks away as well',
    shownBy: ['drops'],
    commands: (memory) => ({ ...memory, drop: memory.forgetCell }),
  },
  {
    name: 'a reply is repeated without a drop',
    shownBy: ['lost marks', 'strict failovers'],
    settle: async () => {},
  },
];
