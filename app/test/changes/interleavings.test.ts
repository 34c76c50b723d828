import type { Change } from '../../src/table/changes/change.ts';
import { runWorld, type WorldOptions } from '../support/change-world.ts';

const seeds = Array.from({ length: 60 }, (_, i) => i + 1);
const tell = ({ uuid, version }: Change) => `${Number(uuid.slice(-2))} ${version}`;

/** Whether the versions of every entity come in their order. */
function isByVersion(changes: readonly Change[]): boolean {
  const last = new Map<string, number>();
  return changes.every(({ uuid, version }) => {
    const isNext = version === (last.get(uuid) ?? 0) + 1;
    last.set(uuid, version!);
    return isNext;
  });
}

async function run(options: WorldOptions) {
  const { committed, followers } = await runWorld(options);
  expect(committed.length).toBeGreaterThan(20);
  for (const { changes } of followers) {
    expect(changes.map(tell).sort()).toEqual([...committed].sort());
    expect(changes.every(({ id }, i) => i === 0 || changes[i - 1]!.id < id)).toBe(true);
  }
  return followers;
}

test.each(seeds)('many writers, whose writes land in any order: each change once, seed %i', async (seed) => {
  const followers = await run({ seed, writers: 4, skewMs: 0, delayMs: 7_000, isShared: true });
  for (const { changes } of followers) expect(isByVersion(changes)).toBe(true);
});

test.each(seeds)('the same with clocks that differ by up to 3 s, seed %i', async (seed) => {
  await run({ seed, writers: 4, skewMs: 1_500, delayMs: 7_000, isShared: true });
});

test.each(seeds)('one process shows changes at once, and each once, seed %i', async (seed) => {
  const followers = await run({ seed, writers: 1, skewMs: 0, delayMs: 50, isShared: false });
  for (const { changes } of followers) expect(isByVersion(changes)).toBe(true);
});

/** Changes that a follower has never seen, in several worlds. */
async function missed(options: Omit<WorldOptions, 'seed'>): Promise<number> {
  let count = 0;
  for (const seed of seeds.slice(0, 10)) {
    const { committed, followers } = await runWorld({ seed, ...options });
    for (const { changes } of followers) {
      const seen = new Set(changes.map(tell));
      count += committed.filter((one) => !seen.has(one)).length;
    }
  }
  return count;
}

test('nobody misses the writes of processes that stood still for longer than followers wait', async () => {
  expect(await missed({ writers: 4, skewMs: 0, delayMs: 30_000, isShared: true })).toBe(0);
});

test('followers that do not wait miss changes, and this is seen here', async () => {
  const hasty = { writers: 4, skewMs: 0, delayMs: 7_000, isShared: true, isHasty: true };
  expect(await missed(hasty)).toBeGreaterThan(100);
});
