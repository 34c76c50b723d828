import { followChanges } from '../../src/jobs/follow-changes.ts';
import { silentLog, silentMeter } from '../../src/kernel/ports.ts';
import { type Change, positionAt } from '../../src/table/changes/change.ts';
import { type Checkpoints, createCheckpoints } from '../../src/table/changes/checkpoints.ts';
import type { Consumer } from '../../src/table/changes/consumer.ts';
import { changeLogOver, entityWrite, lineOf } from '../support/change-log.ts';
import { onEveryEngine } from '../support/every-engine.ts';
import type { FreshTable } from '../support/tables.ts';
import { type TestClock, testClock } from '../support/test-clock.ts';

/** A consumer that keeps what it is given, and can be away. */
function keeper() {
  const taken: Change[] = [];
  const missed: string[] = [];
  const state = { isAway: false, after: async () => {} };
  const consumer: Consumer = {
    name: 'keeper',
    async deliver(changes) {
      if (state.isAway) throw new Error('away');
      taken.push(...changes);
      await state.after();
    },
    missed: async (organisation) => void missed.push(organisation),
    close: async () => {},
  };
  return { consumer, taken, missed, state, lines: () => taken.map(lineOf) };
}

/** The last of each figure, by name. */
function gauges() {
  const figures: Record<string, number> = { delivered: 0, refused: 0, missed: 0, lag: -1 };
  const meter = {
    ...silentMeter,
    changesDelivered(_consumer: string, count: number) {
      figures.delivered! += count;
    },
    changesFailed(_consumer: string, outcome: string) {
      figures[outcome]! += 1;
    },
    changesLag(_consumer: string, seconds: number) {
      figures.lag = seconds;
    },
  };
  return { figures, meter };
}

onEveryEngine('a consumer of changes', (factory) => {
  let fresh: FreshTable;
  let clock: TestClock;
  let log: ReturnType<typeof changeLogOver>;
  let checkpoints: Checkpoints;
  let kept: ReturnType<typeof keeper>;
  beforeEach(async () => {
    clock = testClock(Date.now());
    fresh = await factory({ clock });
    log = changeLogOver(fresh.table, { clock });
    checkpoints = createCheckpoints(fresh.table, 'keeper');
    kept = keeper();
  });
  afterEach(() => fresh.close());

  function instance(holder: string, more: Partial<Parameters<typeof followChanges>[0]> = {}) {
    const { figures, meter } = gauges();
    const { feed } = log;
    const organisations = async () => ['default', 'acme'];
    const options = {
      consumer: kept.consumer,
      feed,
      checkpoints,
      organisations,
      clock,
      log: silentLog,
      meter,
    };
    const { work, release } = followChanges({ ...options, holder, ...more });
    /** A round, at a time when every organisation is looked at again. */
    const round = () => {
      clock.advance(11_000);
      return work();
    };
    return { round, release, figures };
  }
  const write = (n: number, version = 1, organisation = 'default') =>
    log.table.write([entityWrite(n, version, organisation)]);

  test('is given all changes of all organisations once, in order', async () => {
    const { round, figures } = instance('a');
    await write(1);
    await write(2, 1, 'acme');
    await write(1, 2);
    await round();
    await round();
    expect(kept.lines().sort()).toEqual(
      ['created entity thing 01 1', 'changed entity thing 01 2', 'created entity thing 02 1'].sort(),
    );
    await write(1, 3);
    await round();
    expect(kept.lines().at(-1)).toBe('changed entity thing 01 3');
    expect(figures).toMatchObject({ delivered: 4, refused: 0, lag: 0 });
  });

  test('goes on where it was when it comes back; meanwhile the lag grows', async () => {
    const { round, figures } = instance('a');
    await write(1);
    await round();
    kept.state.isAway = true;
    await write(1, 2);
    await round();
    expect(figures.lag).toBe(11);
    await write(1, 3);
    await round();
    expect(figures).toMatchObject({ delivered: 1, refused: 2, lag: 22 });
    kept.state.isAway = false;
    await round();
    expect(kept.lines()).toEqual([
      'created entity thing 01 1',
      'changed entity thing 01 2',
      'changed entity thing 01 3',
    ]);
    expect(figures).toMatchObject({ delivered: 3, lag: 0 });
  });

  test('is served by one instance; when that is killed after a delivery, another delivers it again', async () => {
    const [a, b] = [instance('a'), instance('b')];
    await write(1);
    await a.round();
    await b.round();
    expect(kept.taken).toHaveLength(1);
    kept.state.after = async () => {
      throw new Error('killed'); // after the delivery, before the checkpoint
    };
    await write(1, 2);
    await a.round();
    kept.state.after = async () => {};
    await b.round();
    expect(kept.taken).toHaveLength(2); // the lease is still that of the dead
    clock.advance(30_000);
    await b.round();
    expect(kept.lines().slice(1)).toEqual(['changed entity thing 01 2', 'changed entity thing 01 2']);
    expect(kept.taken[1]!.id).toBe(kept.taken[2]!.id);
    expect(b.figures.lag).toBe(0);
  });

  test('an instance that stood still for longer than its lease cannot move the checkpoint of its successor', async () => {
    const [a, b] = [instance('a'), instance('b')];
    await write(1);
    await a.round();
    await write(1, 2);
    kept.state.after = async () => {
      kept.state.after = async () => {};
      clock.advance(60_000);
      await write(1, 3);
      await b.round();
    };
    await a.round();
    const { lease, positions } = await checkpoints.read();
    expect(lease!.holder).toBe('b');
    await b.round();
    expect((await checkpoints.read()).positions).toEqual(positions);
    expect(kept.lines().at(-1)).toBe('changed entity thing 01 3');
  });

  test('who stops gives its place to another at once', async () => {
    const [a, b] = [instance('a'), instance('b')];
    await a.round();
    await write(1);
    await a.release();
    await b.round();
    expect([kept.taken.length, b.figures.delivered]).toEqual([1, 1]);
  });

  test('a long backlog is delivered in turns, and a lease is kept over it', async () => {
    for (let n = 0; n < 12; n++) {
      const many = Array.from({ length: 98 }, (_, i) => entityWrite(n * 98 + i, 1));
      await log.table.write(many);
    }
    const a = instance('a');
    let batches = 0;
    kept.state.after = async () => {
      batches += 1;
      clock.advance(15_000);
    };
    await a.round();
    await a.round();
    expect(batches).toBe(3);
    expect(new Set(kept.taken.map(({ uuid }) => uuid)).size).toBe(12 * 98);
    expect((await checkpoints.read()).lease!.until).toBeGreaterThan(clock.now());
  });

  test('can be given all of it again, from the beginning or from a time', async () => {
    const { round } = instance('a');
    await write(1);
    clock.advance(60_000);
    const half = clock.now();
    await write(1, 2);
    await round();
    await checkpoints.reset('default', positionAt(half));
    await round();
    await checkpoints.reset('default', undefined);
    await round();
    expect(kept.taken.map(({ version }) => version)).toEqual([1, 2, 2, 1, 2]);
  });

  test('a checkpoint that is moved while it works is not overwritten', async () => {
    const { round } = instance('a');
    await write(1);
    await round();
    await write(1, 2);
    kept.state.after = async () => {
      kept.state.after = async () => {};
      await checkpoints.reset('default', undefined);
    };
    await round();
    await round();
    expect(kept.taken.map(({ version }) => version)).toEqual([1, 2, 1, 2]);
  });

  test('is told when it was away for so long that changes have expired, and has the rest', async () => {
    const { round, figures } = instance('a');
    await write(1);
    await round();
    await write(1, 2);
    clock.advance(8 * 24 * 3_600_000);
    await write(1, 3);
    await round();
    expect(kept.missed).toEqual(['default']);
    expect(kept.taken.map(({ version }) => version)).toEqual([1, 3]);
    expect(figures).toMatchObject({ missed: 1 });
    await round();
    expect(kept.missed).toHaveLength(1);
  });

  test('a quiet organisation is not taken for one whose changes have expired', async () => {
    const { round } = instance('a');
    await write(1);
    for (let hour = 0; hour < 10 * 24; hour += 6) {
      clock.advance(6 * 3_600_000);
      await round();
    }
    expect(kept.missed).toEqual([]);
    await write(1, 2);
    await round();
    expect(kept.taken.map(({ version }) => version)).toEqual([1, 2]);
  });

  test('what is wrong with the store is not held against the consumer', async () => {
    await write(1);
    const read = async () => {
      throw new Error('out of reach');
    };
    const { round, figures } = instance('a', { feed: { ...log.feed, read } });
    await expect(round()).rejects.toThrow('out of reach');
    expect(figures.refused).toBe(0);
  });
});
