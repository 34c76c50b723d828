import { createMemoryCells } from '../../src/adapters/memory/cells.ts';
import type { Cells } from '../../src/cache/cells.ts';
import { CellsUnavailable } from '../../src/cache/cells.ts';
import { createReads, type ReadsOptions } from '../../src/cache/reads.ts';
import { createTokens } from '../../src/cache/tokens.ts';
import { trackReads } from '../../src/cache/tracked.ts';
import { ALONE, type Trust } from '../../src/cache/trust.ts';
import { fail } from '../../src/kernel/errors.ts';
import { silentMeter } from '../../src/kernel/ports.ts';
import type { CacheableRead, Served } from '../../src/kernel/read-through.ts';
import { unavailable } from '../../src/table/failures.ts';
import { modelTable } from '../support/model-table.ts';
import { testClock } from '../support/test-clock.ts';

const scopes = ['acme#entity#u1'];
const read: CacheableRead = { scopes, name: 'get', operation: 'get', fresh: false, minVersion: undefined };
const tokens = createTokens();

function setUp(more: Partial<ReadsOptions> = {}) {
  const clock = testClock();
  const cells = createMemoryCells({ maxBytes: 1_000_000, ticks: clock.now });
  const events: string[] = [];
  const meter = { ...silentMeter, cacheEvent: (name: string) => void events.push(name) };
  const table = trackReads(modelTable(clock));
  const reads = createReads({ cells, trust: ALONE, tokens, table, clock, meter, random: () => 0.5, ...more });
  let stored = 'first';
  const ask = async (one: Partial<CacheableRead> = {}, load?: () => Promise<string>): Promise<string> => {
    const served = await reads.read({ ...read, ...one }, async () => ({
      body: Buffer.from(load ? await load() : stored),
    }));
    return `${textOf(served)} (${served.status})`;
  };
  const write = (text: string) => {
    stored = text;
  };
  return { cells, clock, table, events, ask, write };
}

const textOf = (served: Served) =>
  'content' in served ? Buffer.from(served.content.body).toString() : served.failure.message;

/** The rest runs before the call's answer arrives. */
const overtaken = (cells: Cells, meanwhile: () => Promise<void>): Cells => ({
  ...cells,
  async look(asked, at) {
    const answer = await cells.look(asked, at);
    await meanwhile();
    return answer;
  },
});

test('what was read is kept until the token changes', async () => {
  const { cells, ask, write } = setUp();
  expect(await ask()).toBe('first (cadastre; fwd=miss)');
  write('second');
  expect(await ask()).toBe('first (cadastre; hit)');
  await cells.drop(scopes);
  expect(await ask()).toBe('second (cadastre; fwd=miss)');
});

test('while a write is under way the store is read and nothing kept', async () => {
  const { cells, ask, write } = setUp();
  await ask();
  await cells.intend(scopes, 'w', 1_000);
  write('second');
  expect(await ask()).toBe('second (cadastre; fwd=bypass; detail=writing)');
  await cells.commit(scopes, 'w', tokens.next(0));
  write('third');
  expect(await ask()).toBe('third (cadastre; fwd=miss)');
});

test('a fill that comes after a write is born dead', async () => {
  const { cells, ask, write } = setUp();
  const slow = ask({}, async () => {
    await cells.intend(scopes, 'w', 1_000);
    await cells.commit(scopes, 'w', tokens.next(0));
    return 'from before the write';
  });
  expect(await slow).toContain('from before');
  write('second');
  expect(await ask()).toBe('second (cadastre; fwd=miss)');
});

test('an answer that rests on anything undeclared is given, and not kept', async () => {
  const { ask, table, events } = setUp();
  const load = async () => {
    await table.get({ pk: 'acme#other', sk: 'x' });
    return 'mixed';
  };
  expect(await ask({}, load)).toBe('mixed (cadastre; fwd=miss)');
  expect(events).toEqual(['uncovered']);
  expect(await ask()).toBe('first (cadastre; fwd=miss)');
});

test('an answer is kept no longer than the first of the items it rests on', async () => {
  const { ask, table, clock, write } = setUp();
  const key = { pk: scopes[0]!, sk: 'x' };
  const expires_at = clock.now() / 1000 + 5;
  await table.write([{ type: 'put', item: { ...key, kind: 'thing', schema: 1, expires_at } }]);
  await ask({}, async () => String((await table.get(key))?.kind));
  clock.advance(4_999);
  expect(await ask()).toBe('thing (cadastre; hit)');
  clock.advance(1);
  write('second');
  expect(await ask()).toBe('second (cadastre; fwd=miss)');
});

test('an answer that gets old is made anew while it is served', async () => {
  const { ask, clock, write } = setUp();
  await ask();
  clock.advance(600_000 * 0.8);
  write('second');
  expect(await ask()).toBe('first (cadastre; hit; detail=refreshing)');
  await new Promise(setImmediate);
  expect(await ask()).toBe('second (cadastre; hit)');
});

test('absence is an answer; other failures are not', async () => {
  const { ask } = setUp();
  const absent = async () => {
    throw fail('absent', 'not_found', 'There is none.');
  };
  expect(await ask({}, absent)).toBe('There is none. (cadastre; fwd=miss)');
  expect(await ask()).toBe('There is none. (cadastre; hit)');
  const ill = () => Promise.reject(unavailable(new Error('x')));
  await expect(ask({ name: 'other' }, ill)).rejects.toMatchObject({ kind: 'unavailable' });
  expect(await ask({ name: 'other' })).toContain('first');
});

test('a scope that is being emptied is not trusted, also if the emptying overtakes the look', async () => {
  const distrusted = new Set<string>();
  const trust: Trust = { ...ALONE, distrusts: (scope) => distrusted.has(scope) };
  const memory = setUp().cells;
  const { ask, write } = setUp({ trust, cells: memory });
  await ask();
  distrusted.add(scopes[0]!);
  write('second');
  const late = setUp({ trust, cells: overtaken(memory, async () => distrusted.clear()) });
  late.write('second');
  expect(await late.ask()).toBe('second (cadastre; fwd=bypass; detail=writing)');
});

test('cells that turn out not to be trusted while they answer do not count', async () => {
  let trusted = true;
  const trust: Trust = { ...ALONE, mayRead: () => trusted };
  const memory = setUp().cells;
  await setUp({ trust, cells: memory }).ask();
  const late = setUp({
    trust,
    cells: overtaken(memory, async () => {
      trusted = false;
    }),
  });
  late.write('second');
  expect(await late.ask()).toBe('second (cadastre; fwd=bypass; detail=untrusted)');
});

test('with cells and store both out of sight, what is held is served and marked', async () => {
  let sees = true;
  const trust: Trust = { ...ALONE, mayRead: () => sees };
  const { ask } = setUp({ trust });
  await ask();
  sees = false;
  expect(await ask()).toBe('first (cadastre; fwd=bypass; detail=untrusted)');
  const ill = () => Promise.reject(unavailable(new Error('x')));
  expect(await ask({}, ill)).toBe('first (cadastre; hit; detail=unverified)');
  await expect(ask({ name: 'not held' }, ill)).rejects.toMatchObject({ kind: 'unavailable' });
});

test('cells that do not answer cost no more than a read of the store', async () => {
  const ill = async () => {
    throw new CellsUnavailable('timeout');
  };
  const { ask } = setUp({ cells: { ...setUp().cells, look: ill } });
  expect(await ask()).toBe('first (cadastre; fwd=bypass; detail=timeout)');
});

test('a caller that knows of a later version than the one held ends what is held', async () => {
  const { cells, table, clock } = setUp();
  const events: string[] = [];
  const meter = { ...silentMeter, cacheEvent: (name: string) => void events.push(name) };
  const reads = createReads({ cells, trust: ALONE, tokens, table, clock, meter });
  let version = 1;
  const ask = async (minVersion: number | undefined) =>
    (await reads.read({ ...read, minVersion }, async () => ({ body: Buffer.from('x'), version }))).status;
  expect(await ask(undefined)).toBe('cadastre; fwd=miss');
  expect(await ask(1)).toBe('cadastre; hit');
  version = 2;
  expect(await ask(2)).toBe('cadastre; fwd=miss');
  expect(await ask(2)).toBe('cadastre; hit');
  expect(events.filter((name) => name === 'outdated')).toHaveLength(1);
});
