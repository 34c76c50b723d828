import { createMemoryCells } from '../../src/adapters/memory/cells.ts';
import { createAuditor } from '../../src/cache/auditor.ts';
import type { Representation } from '../../src/cache/representation.ts';
import { createTokens } from '../../src/cache/tokens.ts';
import { silentLog, silentMeter } from '../../src/kernel/ports.ts';
import { testClock } from '../support/test-clock.ts';

const read = {
  scopes: ['s'],
  name: 'n',
  operation: 'list',
  fresh: false,
  minVersion: undefined,
};

/** Audits a hit of `kept` while the store says `stored`; answers what was counted. */
async function audited(kept: object, stored: object): Promise<string[]> {
  const clock = testClock();
  const cells = createMemoryCells({ maxBytes: 1_000_000, ticks: clock.now });
  const cell = await cells.open('s', createTokens().next(1));
  const whole = (given: object): Representation => ({
    kind: 'value',
    stamp: String(cell),
    freshUntil: clock.now() + 60_000,
    expiresAt: clock.now() + 60_000,
    body: Buffer.from('{}'),
    ...given,
  });
  await cells.fill({ scope: 's', name: 'n' }, whole(kept), 60_000);
  const events: string[] = [];
  let checks = 0;
  const load = async () => {
    checks += 1;
    return whole(stored);
  };
  const meter = { ...silentMeter, cacheEvent: (name: string) => void events.push(name) };
  createAuditor({ cells, clock, log: silentLog, meter, random: () => 0 })({
    read,
    representation: whole(kept),
    load,
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(checks).toBeGreaterThan(0);
  return events;
}

const page = (next: string, name = 'Rome') => {
  const body = Buffer.from(JSON.stringify({ items: [{ name }], next_cursor: next }));
  return { body, next, etag: `W/"${name}-${next}"` };
};

test('a page that says the same is right, whatever its cursor and so its weak tag look like', async () => {
  expect(await audited(page('abc'), page('xyz'))).toEqual([]);
});

test('a page that says something else is wrong', async () => {
  expect(await audited(page('abc'), page('abc', 'Oslo'))).toEqual(['violation']);
});

test('a resource with another strong tag is wrong, even if it says the same', async () => {
  expect(await audited({ etag: '"1"' }, { etag: '"2"' })).toEqual(['violation']);
  expect(await audited({ etag: '"1"' }, { etag: '"1"' })).toEqual([]);
});
