import { rmSync } from 'node:fs';
import { FAULTS } from '../../chaos/faults.ts';
import { violationsText } from '../../chaos/report.ts';
import { type Run, runChaos } from '../../chaos/run.ts';

/** The short form of `make chaos`: each of these happens once, while clients read and write. */
const NAMES = [
  'process killed',
  'redis restarted empty',
  'redis silent for one',
  'redis flushed',
  'store loses replies',
  'store conflicts',
];
const SHORT_MS = [500, 900] as const;
const GAP_MS = [200, 600] as const;
/** Far more than it takes: a busy machine is no fault of ours. */
const PATIENCE_MS = 120_000;

let run: Run;

beforeAll(async () => {
  run = await runChaos({
    durationMs: PATIENCE_MS / 2,
    rounds: 1,
    seed: 4,
    instances: 2,
    clients: 12,
    lamps: 32,
    hubs: 4,
    kinds: FAULTS.filter(({ name }) => NAMES.includes(name)).map((kind) => ({ ...kind, ms: SHORT_MS })),
    gapMs: GAP_MS,
  });
}, PATIENCE_MS);

afterAll(() => rmSync(run.folder, { recursive: true, force: true }));

test('every fault happened, and no process ended by itself', () => {
  expect(run.history.faults.map(({ kind }) => kind).sort()).toEqual([...NAMES].sort());
  expect(run.crashes).toBe(0);
});

test('no answer was wrong', () => {
  expect(violationsText(run)).toBe('');
});

test('no acknowledged write was lost', () => {
  expect(run.verdict.lost).toBe(0);
  const acked = run.history.ops.filter(({ action, outcome }) => action === 'update' && outcome === 'ok');
  expect(acked.length).toBeGreaterThan(0);
});

test('the cache was at work: it answered, writes were fenced, and some could not be', () => {
  const hits = run.history.ops.filter(({ cache }) => cache === 'hit');
  expect(hits.length).toBeGreaterThan(0);
  expect(run.counts.fenced).toBeGreaterThan(0);
  expect(run.history.recorded.length).toBeGreaterThan(0);
});
