import { Failure } from '../../src/kernel/errors.ts';
import type { CacheableRead, Served } from '../../src/kernel/read-through.ts';
import { type Once, once } from '../../src/table/replies.ts';
import { commit, type Step } from '../../src/table/steps.ts';
import type { Floors, Seen } from './checker.ts';
import { type Instance, type Serving, serving } from './instance.ts';
import {
  actionsOf,
  type Change,
  DEFINITION,
  MEMBERS,
  recallDefinition,
  type Wish,
  wishForListing,
  wishForMember,
} from './records.ts';
import { latency, type World } from './world.ts';

/** After so long a client asks again, whether or not the first request is still on its way. */
const PATIENCE_MS = [60, 400, 3_000];
const TRIES = 3;
/** Reads that follow on others; keeps a schedule from going on for ever. */
const MAX_CHASES = 60;

export type Clients = ReturnType<typeof createClients>;

/** The clients of all instances: what they ask is random, what they see is judged. */
export function createClients(world: World) {
  const { random, time, checker, figures, note, judge } = world;
  /** By record: the latest version that somebody tried to write, and the latest that somebody saw. */
  const tried = new Map<string, number>();
  const known = new Map<string, number>();
  let attempts = 0;
  let chases = 0;

  /** Hands a request to an instance; nothing comes back from one that dies. */
  function ask(run: (instance: Instance) => void): void {
    const instance = random.pick(world.instances);
    time.wake(random.between(0, 1), instance.process, () => run(instance));
  }

  function nextVersion(record: string, current: number): number {
    const version = Math.max(current, tried.get(record) ?? 0) + 1;
    tried.set(record, version);
    return version;
  }

  function write(): void {
    const kind = random.next();
    const one = [random.pick(MEMBERS)];
    const { definitions } = world.scenario;
    const records = kind < definitions ? [DEFINITION] : kind < definitions + 0.13 ? MEMBERS : one;
    change(records, random.pick(['change', 'change', 'change', 'remove', 'overwrite']));
  }

  function change(records: readonly string[], doing: Change['doing']): void {
    attempts += 1;
    attempt({ attempt: `w${attempts}`, records, doing, nextVersion }, 1);
  }

  /** Writers that do not mind each other. */
  function rivals(spreadMs: number): void {
    const records = [random.pick(MEMBERS)];
    for (let n = 2 + random.below(2); n > 0; n--) {
      time.after(random.between(0, spreadMs / 2), () => change(records, 'overwrite'));
    }
  }

  function attempt(change: Change, tries: number): void {
    let isOver = false;
    const request: Serving = { recorded: false };
    const again = (ms: number) => {
      if (isOver) return;
      isOver = true;
      if (tries < TRIES && random.chance(0.7)) time.after(ms, () => attempt(change, tries + 1));
    };
    time.after(random.pick(PATIENCE_MS), () => again(0));
    ask((instance) => {
      note(() => `${instance.process.name}: ${change.attempt} begins (${change.doing} ${change.records})`);
      serving
        .run(request, () => perform(instance, change))
        .then(
          (isReplayed) => {
            isOver = true;
            acknowledged(change, request, isReplayed, instance);
          },
          (error) => {
            note(() => `${instance.process.name}: ${change.attempt} fails: ${(error as Error).message}`);
            if (!(error instanceof Failure)) throw error;
            if (error.kind === 'unavailable') again(random.between(0, 1_200));
            isOver = true;
          },
        );
    });
  }

  function acknowledged(
    change: Change,
    { recorded }: Serving,
    isReplayed: boolean,
    { process }: Instance,
  ): void {
    const how = isReplayed ? 'replayed' : recorded ? 'recorded' : 'fenced';
    figures[how] += 1;
    note(() => `${process.name}: ${change.attempt} is acknowledged (${how})`);
    const isFenced = !recorded || world.scenario.isStrict;
    judge(checker.acknowledged(change.records, change.attempt, isFenced));
    for (let n = random.below(3); n > 0; n--) chase(change.records);
  }

  /** Somebody who knows that something has changed looks at it. */
  function chase(records: readonly string[]): void {
    if (chases++ >= MAX_CHASES) return;
    time.after(random.between(0, random.pick([1, 10])), () => read(random.pick(records)));
  }

  function read(record?: string): void {
    const floors = checker.begin();
    ask((instance) => {
      const isRecall =
        record === DEFINITION ? random.chance(0.3) : random.chance(world.scenario.definitions - 0.1);
      if (isRecall) return void recall(instance, floors);
      const isListing = record === DEFINITION || random.chance(0.4);
      const wish = isListing
        ? wishForListing(instance.table, instance.memo)
        : wishForMember(instance.table, record ?? random.pick(MEMBERS));
      void fulfil(instance, wish, floors);
    });
  }

  async function fulfil(instance: Instance, { load, seenIn, ...wish }: Wish, floors: Floors): Promise<void> {
    const minVersion = random.chance(0.1) ? known.get(wish.scopes[0]!) : undefined;
    const request: CacheableRead = { ...wish, fresh: random.chance(0.12), minVersion };
    let served: Served;
    try {
      served = await instance.reads.read(request, load);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return note(() => `${instance.process.name}: ${wish.name} fails: ${error.message}`);
    }
    const content = 'content' in served ? served.content : undefined;
    if (content?.version !== undefined) known.set(wish.scopes[0]!, content.version);
    const seen = seenIn(content);
    figures.hits += served.status.includes('hit') ? 1 : 0;
    ended(instance, served.status, seen, floors);
  }

  /** What an instance goes by when it serves a write. */
  async function recall(instance: Instance, floors: Floors): Promise<void> {
    try {
      const item = await recallDefinition(instance.table, instance.memo);
      ended(instance, 'memo', new Map([[DEFINITION, item?.by as string | undefined]]), floors);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
    }
  }

  function ended({ process }: Instance, status: string, seen: Seen, floors: Floors): void {
    figures.reads += 1;
    note(() => `${process.name}: read ${JSON.stringify(Object.fromEntries(seen))} (${status})`);
    judge(checker.end(seen, floors, status.includes('unverified')));
    if (random.chance(0.3)) chase([...seen.keys()]);
  }

  /** Some writes and reads at about the same time. */
  function burst(spreadMs: number): void {
    if (random.chance(0.2)) rivals(spreadMs);
    for (let n = random.pick([0, 0, 0, 1, 1, 2]); n > 0; n--) time.after(random.between(0, spreadMs), write);
    for (let n = 1 + random.below(5); n > 0; n--) time.after(random.between(0, spreadMs), () => read());
  }

  /** Reads everything from every instance. */
  function sweep(): void {
    for (const instance of world.instances) {
      for (const id of MEMBERS) {
        time.after(latency(world), () => sweepOne(instance, wishForMember(instance.table, id)));
      }
      time.after(latency(world), () => sweepOne(instance, wishForListing(instance.table, instance.memo)));
    }
  }

  function sweepOne(instance: Instance, wish: Wish): void {
    const floors = checker.begin();
    time.wake(0, instance.process, () => void fulfil(instance, wish, floors));
  }

  return { burst, sweep, read, write };
}

/** Serves a write once, however often it is asked for; answers whether it was done by an earlier attempt. */
async function perform({ table, replies }: Instance, change: Change): Promise<boolean> {
  const caller = { organisation: 'o', caller: 'client', operation: 'change' };
  const of: Once = { ...caller, key: change.attempt, request: change.records };
  const work = async (remember: (reply: { status: number; body: null }) => Step[]) => {
    const actions = await actionsOf(table, change);
    await commit(table, [...actions.map((action) => ({ action })), ...remember({ status: 200, body: null })]);
    return false;
  };
  return once(replies, of, work, () => true);
}
