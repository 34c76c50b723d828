import { type History, isOwned, type Op } from './history.ts';
import { judgeFor } from './judge.ts';
import type { KeyStory, Sight } from './lives.ts';
import { checkOwned } from './owned.ts';
import { checkKey, type Findings, type Violation } from './rules.ts';
import { overlaps } from './spans.ts';

export interface Verdict {
  readonly violations: readonly Violation[];
  /** Acknowledged writes that are not in the final state. */
  readonly lost: number;
  /** Reads that were behind a write which could not be fenced, within what is promised for that. */
  readonly bounded: number;
  readonly maxStalenessMs: number;
  /** Reads that went back behind a write still under way whose mark Redis had lost. */
  readonly allowed: number;
  /** Answers that said that they could not be verified; they count as nothing else. */
  readonly unverified: number;
}

/** Judges what the clients saw. Takes time proportional to n log n of the operations. */
export function check(history: History): Verdict {
  const violations: Violation[] = [];
  let [lost, bounded, maxStalenessMs, allowed] = [0, 0, 0, 0];
  const findings: Findings = {
    violation: (found) => void violations.push(found),
    bounded(ms) {
      bounded += 1;
      maxStalenessMs = Math.max(maxStalenessMs, ms);
    },
    allowed() {
      allowed += 1;
    },
    lost(writes) {
      lost += writes;
    },
  };
  const judge = judgeFor(history);
  for (const story of storiesOf(history)) {
    const rules = isOwned(story.key) ? checkOwned : checkKey;
    rules(story, history.finals.get(story.key), judge, findings);
  }
  for (const key of history.twice)
    violations.push({ rule: 'twice', key, detail: 'there are two of it', ops: [] });
  const unverified = history.ops.filter(isUnverified).length;
  return { violations, lost, bounded, maxStalenessMs, allowed, unverified };
}

const isUnverified = (op: Op) => op.cache === 'unverified';

/** All operations by the keys that they tell of; a listing tells of many. */
function storiesOf({ ops, faults }: History): Iterable<KeyStory> {
  const stories = new Map<string, { key: string; writes: Op[]; sights: Sight[] }>();
  const storyOf = (key: string) => {
    const known = stories.get(key) ?? { key, writes: [], sights: [] };
    stories.set(key, known);
    return known;
  };
  const postponing = faults.filter((fault) => fault.postpones);
  for (const given of [...ops].sort((a, b) => a.invoked - b.invoked)) {
    const op = softened(given, postponing);
    if (op.action === 'create' || op.action === 'update' || op.action === 'delete')
      storyOf(op.key).writes.push(op);
    if (isUnverified(op)) continue;
    if (op.seen !== undefined) storyOf(op.key).sights.push({ op, seen: op.seen });
    for (const [key, seen] of op.elements ?? []) storyOf(key).sights.push({ op, seen });
    for (const key of op.covers ?? []) {
      if (!op.elements!.has(key)) storyOf(key).sights.push({ op, seen: 'absent' });
    }
  }
  return stories.values();
}

/** While the store does writes late, one that was refused at its second try may be done by its first. */
function softened(op: Op, postponing: History['faults']): Op {
  const isRefused = op.outcome === 'fail' && op.action !== 'read' && op.action !== 'list';
  return isRefused && overlaps(postponing, op.invoked, op.returned) ? { ...op, outcome: 'info' } : op;
}
