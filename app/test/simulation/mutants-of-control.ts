import type { Cells } from '../../src/cache/cells.ts';
import type { Coherence } from '../../src/cache/control.ts';
import { COHERENCE, isBlind, isControl } from '../../src/cache/records.ts';
import { LEASE_MS, type Trust, UNVERIFIED_MS } from '../../src/cache/trust.ts';
import type { Action, Table } from '../../src/table/table.ts';
import type { InstanceParts, Mutant } from './mutants.ts';
import type { Process } from './timeline.ts';

/** The epoch that a process goes by; its cells are made before its trust is. */
const trusts = new WeakMap<Process, Trust>();

/** Cells that have other names in other instances, or at other times. */
function renamed(cells: Cells, nameOf: (scope: string) => string): Cells {
  const all = (scopes: readonly string[]) => scopes.map(nameOf);
  return {
    ...cells,
    look: (scopes, at) => cells.look(all(scopes), at && { ...at, scope: nameOf(at.scope) }),
    intend: (scopes, ...rest) => cells.intend(all(scopes), ...rest),
    commit: (scopes, ...rest) => cells.commit(all(scopes), ...rest),
    open: (scope, token) => cells.open(nameOf(scope), token),
    drop: (scopes) => cells.drop(all(scopes)),
    fill: (at, ...rest) => cells.fill({ ...at, scope: nameOf(at.scope) }, ...rest),
  };
}

/** Reads only records that are younger than the youngest seen so far, as if ids came in the order of commits. */
function watermarked(table: Table): Table {
  let mark = '';
  return {
    ...table,
    async query(query) {
      const result = await table.query(query);
      if (query.pk !== COHERENCE) return result;
      const before = mark;
      for (const { sk } of result.items) if (sk > mark && sk.startsWith('dirty')) mark = sk;
      return { ...result, items: result.items.filter((item) => isControl(item) || item.sk > before) };
    },
  };
}

/** A new memory is noted down, but the epoch stays. */
function withoutBump(action: Action): Action {
  if (action.type !== 'put' || !isControl(action.item)) return action;
  const epoch = action.condition?.equals?.epoch ?? action.item.epoch!;
  return { ...action, item: { ...action.item, epoch } };
}

/** One kind of trust counts from when the last good beat began, and from nothing else. */
const withoutWait =
  (kind: 'mayRead' | 'mayFence') =>
  ({ trust, beat, dirty }: Coherence, { ticks }: InstanceParts): Coherence => {
    let beatAt = Number.NEGATIVE_INFINITY;
    const may = () => trust.mayReadUnverified() && ticks() - beatAt < LEASE_MS;
    return {
      dirty,
      trust: kind === 'mayRead' ? { ...trust, mayRead: may } : { ...trust, mayFence: may },
      async beat() {
        const began = ticks();
        await beat();
        beatAt = began;
      },
    };
  };

/** Once suspended, always suspended, or at least for very long. */
function suspendedOn({ trust, ...coherence }: Coherence, { ticks }: InstanceParts): Coherence {
  let last = Number.NEGATIVE_INFINITY;
  const suspended = () => {
    if (trust.suspended()) last = ticks();
    return ticks() - last < UNVERIFIED_MS;
  };
  return { ...coherence, trust: { ...trust, suspended } };
}

/** Goes by what the last beat listed, and by nothing before it. */
function rashly({ trust, ...coherence }: Coherence, { world, process }: InstanceParts): Coherence {
  let isListed = false;
  const count = () => world.store.query({ pk: COHERENCE, limit: 1_000 }).items.filter(isBlind).length;
  return {
    ...coherence,
    trust: { ...trust, isSomebodyBlind: () => isListed },
    async beat() {
      await coherence.beat();
      if (process.alive) isListed = count() > 0;
    },
  };
}

const withTrust =
  (change: (trust: Trust) => Partial<Trust>) =>
  (coherence: Coherence): Coherence => ({
    ...coherence,
    trust: { ...coherence.trust, ...change(coherence.trust) },
  });

/** Mistakes about what all instances have to agree on. */
export const CONTROL_MUTANTS: readonly Mutant[] = [
  {
    name: 'cells are named by the version of the schema',
    shownBy: ['calm'],
    cells: (cells, { place }) => renamed(cells, (scope) => `${scope}@${place % 2}`),
  },
  {
    name: 'cells are named by the epoch',
    shownBy: ['epochs'],
    cells: (cells, { process }) => renamed(cells, (scope) => `${scope}@${trusts.get(process)?.epoch() ?? 0}`),
    coherence(coherence, { process }) {
      trusts.set(process, coherence.trust);
      return coherence;
    },
  },
  { name: 'beats read on from the youngest record', shownBy: ['outages'], table: watermarked },
  {
    name: 'records are not distrusted until they are dropped',
    shownBy: ['outages'],
    coherence: withTrust(() => ({ distrusts: () => false })),
  },
  {
    name: 'a drop that failed counts',
    shownBy: ['outages'],
    cells: (cells) => ({ ...cells, drop: (scopes) => cells.drop(scopes).catch(() => {}) }),
  },
  {
    name: 'readers have no lease',
    shownBy: ['failovers'],
    coherence: withTrust(({ mayReadUnverified }) => ({ mayRead: mayReadUnverified })),
  },
  {
    name: 'writers have no lease',
    shownBy: ['failovers'],
    coherence: withTrust(({ mayReadUnverified }) => ({ mayFence: mayReadUnverified })),
  },
  {
    name: 'readers do not wait after a change of control',
    shownBy: ['failovers'],
    coherence: withoutWait('mayRead'),
  },
  {
    name: 'writers do not wait after a change of control',
    shownBy: ['failovers'],
    coherence: withoutWait('mayFence'),
  },
  {
    name: 'a suspension is believed in for a minute',
    shownBy: ['too many records'],
    coherence: suspendedOn,
  },
  {
    name: 'changes of definitions do not wait for the blind',
    shownBy: ['blind'],
    coherence: withTrust(() => ({ isSomebodyBlind: () => false })),
  },
  {
    name: 'the blind remember without a word',
    shownBy: ['blind'],
    coherence: (coherence, { ticks }) =>
      withTrust(() => ({ remembers: (began) => ticks() - began < LEASE_MS }))(coherence),
  },
  {
    name: 'the blind remember for two leases',
    shownBy: ['blind'],
    coherence: withTrust(({ remembers }) => ({
      remembers: (began) => remembers(began) || remembers(began + LEASE_MS),
    })),
  },
  {
    name: 'a word of the blind that is gone is forgotten at once',
    shownBy: ['blind'],
    coherence: rashly,
  },
  {
    name: 'a new memory brings no new epoch',
    shownBy: ['restarts'],
    table: (table) => ({ ...table, write: (actions) => table.write(actions.map(withoutBump)) }),
  },
];
