import { type Actor, type Author, DEFAULT_ORGANISATION } from '../../kernel/actor.ts';
import { fail } from '../../kernel/errors.ts';
import type { Page } from '../../kernel/page.ts';
import type { Clock, Flags } from '../../kernel/ports.ts';
import type { Cursors } from '../../table/cursor.ts';
import type { MakeMemo } from '../../table/memo.ts';
import { commit, retryStale, type Step } from '../../table/steps.ts';
import type { Table, Value } from '../../table/table.ts';
import { requireMatch } from '../preconditions.ts';
import { etagOf, FLAGS, type Flag, flagKey, fromItem, toItem, type UnsetFlag, unset } from './model.ts';

export interface FlagsOptions {
  readonly table: Table;
  readonly clock: Clock;
  readonly cursors: Cursors;
  readonly makeMemo: MakeMemo;
}

export interface FlagInput {
  readonly enabled: boolean;
  readonly description?: string;
}

/** The step that records who changed what, for the transaction that makes the change. */
export type RecordChange = (
  by: Author,
  entry: {
    readonly organisation: string;
    readonly action: string;
    readonly target: string;
    readonly changes: Changes;
  },
) => Step;

/** What differs, by member. */
type Changes = Readonly<Record<string, { readonly from?: Value; readonly to?: Value }>>;

export interface ChangeOptions {
  readonly ifMatch: string | undefined;
  readonly record: RecordChange;
}

export type FlagsService = ReturnType<typeof createFlags>;

const MAX_FLAGS = 200;

export function createFlags({ table, clock, cursors, makeMemo }: FlagsOptions) {
  const memo = makeMemo<ReadonlySet<string>>();
  const timestamp = () => new Date(clock.now()).toISOString();

  /** By name: they are few. */
  async function all(): Promise<Flag[]> {
    const { items } = await table.query({ pk: FLAGS, limit: 2 * MAX_FLAGS });
    return items.map(fromItem);
  }

  async function find(name: string): Promise<Flag | undefined> {
    const item = await table.get(flagKey(name));
    return item && fromItem(item);
  }

  async function get(name: string): Promise<Flag | UnsetFlag> {
    return (await find(name)) ?? unset(name);
  }

  async function enabled(): Promise<ReadonlySet<string>> {
    const names = new Set((await all()).filter((flag) => flag.enabled).map(({ name }) => name));
    memo.learn(FLAGS, names);
    return names;
  }

  /** From memory, as current as the memo is: whoever asks does so with every request. */
  const isEnabled: Flags['isEnabled'] = async (name) => (await memo.recall(FLAGS, FLAGS, enabled)).has(name);

  async function list({ limit, cursor }: { limit: number; cursor?: string }): Promise<Page<Flag>> {
    const scope = [DEFAULT_ORGANISATION, 'flags'];
    const after = cursor === undefined ? '' : (cursors.open(scope, cursor) as string);
    const rest = (await all()).filter(({ name }) => name > after);
    const items = rest.slice(0, limit);
    return { items, next: rest.length > limit ? cursors.seal(scope, items.at(-1)!.name) : null };
  }

  async function set(
    actor: Actor & Author,
    name: string,
    input: FlagInput,
    { ifMatch, record }: ChangeOptions,
  ): Promise<Flag> {
    requireDefault(actor);
    return retryStale(async () => {
      const before = await find(name);
      requireMatch(ifMatch, etagOf(before ?? unset(name)));
      if (!before) await requirePlace();
      const now = timestamp();
      const after: Flag = {
        name,
        enabled: input.enabled,
        description: input.description ?? before?.description ?? '',
        version: (before?.version ?? 0) + 1,
        created_at: before?.created_at ?? now,
        updated_at: now,
      };
      const action = before ? 'flag.change' : 'flag.create';
      await commit(table, [
        { action: { type: 'put', item: toItem(after), condition: unchanged(before) } },
        record(actor, entryOf(action, before, after)),
      ]);
      memo.forget(FLAGS);
      return after;
    });
  }

  async function requirePlace(): Promise<void> {
    if ((await all()).length < MAX_FLAGS) return;
    throw fail('conflict', 'too_many_flags', `There are ${MAX_FLAGS} flags; delete one that nobody needs.`);
  }

  async function remove(
    actor: Actor & Author,
    name: string,
    { ifMatch, record }: ChangeOptions,
  ): Promise<void> {
    requireDefault(actor);
    return retryStale(async () => {
      const before = await find(name);
      if (!before) throw fail('absent', 'not_found', `The flag ${name} is not set.`);
      requireMatch(ifMatch, etagOf(before));
      await commit(table, [
        { action: { type: 'delete', key: flagKey(name), condition: unchanged(before) } },
        record(actor, entryOf('flag.delete', before, undefined)),
      ]);
      memo.forget(FLAGS);
    });
  }

  return { isEnabled, get, list, set, remove };
}

const unchanged = (before: Flag | undefined) =>
  before
    ? { equals: { version: before.version, created_at: before.created_at } }
    : ({ exists: false } as const);

const RECORDED = ['enabled', 'description'] as const;

function entryOf(action: string, before: Flag | undefined, after: Flag | undefined) {
  const changes = Object.fromEntries(
    RECORDED.filter((member) => before?.[member] !== after?.[member]).map((member) => [
      member,
      { ...(before && { from: before[member] }), ...(after && { to: after[member] }) },
    ]),
  );
  const target = `flag:${(after ?? before)?.name}`;
  return { organisation: DEFAULT_ORGANISATION, action, target, changes };
}

/** A flag concerns every organisation of the installation. */
function requireDefault({ organisation }: Actor): void {
  if (organisation === DEFAULT_ORGANISATION) return;
  throw fail('forbidden', 'forbidden', 'Only administrators of the default organisation may do this.');
}
