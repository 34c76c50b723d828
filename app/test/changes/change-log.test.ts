import { positionAt } from '../../src/table/changes/change.ts';
import { SETTLE_MS } from '../../src/table/changes/logged.ts';
import { noteRecording } from '../../src/table/changes/recording.ts';
import { LIMITS } from '../../src/table/table.ts';
import { changeLogOver, entityWrite, followed, lineOf } from '../support/change-log.ts';
import { onEveryEngine } from '../support/every-engine.ts';
import type { FreshTable } from '../support/tables.ts';
import { type TestClock, testClock } from '../support/test-clock.ts';

const DAY_MS = 24 * 3_600_000;
const filler = (n: number) => ({
  type: 'put' as const,
  item: { pk: 'default#type#thing#all', sk: String(n).padStart(3, '0'), kind: 'index', schema: 1 },
});

onEveryEngine('the change log', (factory) => {
  let fresh: FreshTable;
  let clock: TestClock;
  let log: ReturnType<typeof changeLogOver>;
  beforeEach(async () => {
    clock = testClock(Date.now());
    fresh = await factory({ clock });
    log = changeLogOver(fresh.table, { clock });
  });
  afterEach(() => fresh.close());

  test('tells each change once and in order, however short the pages are', async () => {
    await log.table.write([entityWrite(1, 1), entityWrite(2, 1), entityWrite(3, 1)]);
    await log.table.write([entityWrite(2, 2)]);
    await log.table.write([filler(1)]);
    for (const limit of [1, 2, 3, 10]) {
      const { changes } = await followed(log.feed, undefined, limit);
      expect(changes.map(lineOf)).toEqual([
        'created entity thing 01 1',
        'created entity thing 02 1',
        'created entity thing 03 1',
        'changed entity thing 02 2',
      ]);
      expect(changes.every(({ id }, i) => i === 0 || changes[i - 1]!.id < id)).toBe(true);
    }
  });

  test('tells nothing of a write that failed', async () => {
    await log.table.write([entityWrite(1, 1)]);
    await expect(log.table.write([entityWrite(2, 1), entityWrite(1, 1)])).rejects.toMatchObject({
      failed: [1],
    });
    expect((await followed(log.feed)).changes).toHaveLength(1);
  });

  test('a write may be as large as is allowed, and not larger', async () => {
    const others = Array.from({ length: LIMITS.actions - 1 }, (_, n) => filler(n));
    await log.table.write([entityWrite(1, 1), ...others]);
    expect((await followed(log.feed)).changes).toHaveLength(1);
    const beyond = log.table.write([entityWrite(2, 1), ...others, filler(200)]);
    await expect(beyond).rejects.toMatchObject({ code: 'store_misused' });
  });

  test('keeps organisations apart', async () => {
    await log.table.write([entityWrite(1, 1)]);
    await log.table.write([entityWrite(2, 1, 'acme')]);
    expect((await followed(log.feed)).changes.map(lineOf)).toEqual(['created entity thing 01 1']);
    const { changes } = await followed(log.feed, undefined, 10, 'acme');
    expect(changes.map(({ organisation, uuid }) => [organisation, uuid.slice(-2)])).toEqual([['acme', '02']]);
  });

  test('only chosen types can be asked for; the cursor goes over the others', async () => {
    for (let n = 1; n <= 5; n++) await log.table.write([entityWrite(n, 1)]);
    const page = await log.feed.read('default', { types: ['other'], limit: 2 });
    expect(page).toMatchObject({ items: [], hasMore: false });
    expect((await log.feed.read('default', { after: page.next, limit: 2 })).items).toEqual([]);
    expect((await log.feed.read('default', { types: ['thing'], limit: 9 })).items).toHaveLength(5);
  });

  test('the end is where everything later is new', async () => {
    const empty = await log.feed.end('default');
    await log.table.write([entityWrite(1, 1)]);
    const end = await log.feed.end('default');
    expect((await followed(log.feed, end)).changes).toEqual([]);
    expect((await followed(log.feed, empty)).changes).toHaveLength(1);
    await log.table.write([entityWrite(1, 2)]);
    expect((await followed(log.feed, end)).changes.map(lineOf)).toEqual(['changed entity thing 01 2']);
  });

  test('records expire, and with them a cursor behind which some may be gone; an idle one does not', async () => {
    await log.table.write([entityWrite(1, 1)]);
    const old = (await followed(log.feed)).next;
    let idle = old;
    for (let day = 0; day < 8; day++) {
      clock.advance(DAY_MS);
      if (day < 6) expect((await followed(log.feed, old)).changes).toEqual([]);
      idle = (await followed(log.feed, idle)).next;
    }
    await expect(followed(log.feed, old)).rejects.toMatchObject({ kind: 'gone', code: 'cursor_expired' });
    expect((await followed(log.feed)).changes).toEqual([]);
    await log.table.write([entityWrite(1, 2)]);
    expect((await followed(log.feed, idle)).changes.map(lineOf)).toEqual(['changed entity thing 01 2']);
  });

  test('what is no cursor is refused', async () => {
    for (const after of ['', 'x', `${positionAt(0)}0`, positionAt(0).slice(1), 'NOW']) {
      await expect(log.feed.read('default', { after, limit: 1 })).rejects.toMatchObject({
        code: 'invalid_cursor',
      });
    }
  });

  test('ids go on from those of before where the clock was set back between two runs', async () => {
    await log.table.write([entityWrite(1, 1)]);
    const { next } = await followed(log.feed);
    const earlier = testClock(clock.now() - 3_600_000);
    const again = changeLogOver(fresh.table, { clock: earlier });
    await again.table.write([entityWrite(1, 2)]);
    expect((await followed(again.feed, next)).changes.map(lineOf)).toEqual(['changed entity thing 01 2']);
  });

  test('a write that comes so late that followers are past it is told again', async () => {
    const frozen = {
      ...fresh.table,
      async write(actions: Parameters<typeof fresh.table.write>[0]) {
        const isFirst = actions.length > 1;
        if (isFirst) clock.advance(SETTLE_MS + 5_000);
        await fresh.table.write(actions);
      },
    };
    const shared = changeLogOver(fresh.table, { clock, isShared: true });
    const slow = changeLogOver(frozen, { clock, isShared: true });
    const { next } = await followed(shared.feed);
    await slow.table.write([entityWrite(1, 1)]);
    clock.advance(SETTLE_MS + 1);
    const { changes } = await followed(shared.feed, next);
    expect(changes.map(lineOf)).toEqual(['created entity thing 01 1', 'created entity thing 01 1']);
    expect(new Set(changes.map(({ id }) => id)).size).toBe(2);
  });

  test('while the log was off nothing could be recorded: older cursors are void', async () => {
    const since = (wanted?: 'on' | 'off') => noteRecording(fresh.table, clock, wanted);
    expect([await since('off'), await since()]).toEqual([undefined, undefined]);
    const first = await since('on');
    clock.advance(1_000);
    expect([await since('on'), await since()]).toEqual([first, first]);
    await log.table.write([entityWrite(1, 1)]);
    const { next } = await followed(log.feed);
    clock.advance(60_000);
    expect([await since('off'), await since()]).toEqual([undefined, undefined]);
    const again = await since('on');
    expect(again).toBe(clock.now());
    const later = changeLogOver(fresh.table, { clock, since: again! });
    await expect(followed(later.feed, next)).rejects.toMatchObject({ code: 'cursor_expired' });
    expect((await followed(later.feed)).changes).toEqual([]);
    expect(await followed(later.feed, await later.feed.end('default'))).toMatchObject({ changes: [] });
  });
});
