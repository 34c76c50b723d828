import type { Op, Seen } from './history.ts';
import type { Judge } from './judge.ts';
import type { KeyStory } from './lives.ts';
import { type Findings, reportMissed } from './rules.ts';
import { leastAfter } from './spans.ts';

/** What one client left behind, by the number of its write; the first is that there is nothing. */
interface Step {
  readonly number: number;
  readonly op: Op | undefined;
  readonly mark: string | undefined;
  known: number;
}

const NEVER = Number.POSITIVE_INFINITY;

/** Checks a key that one client alone writes, in an order that is therefore known. */
export function checkOwned(story: KeyStory, final: Seen | undefined, judge: Judge, findings: Findings): void {
  const steps = stepsOf(story);
  const byMark = new Map(steps.map((step) => [step.mark, step]));
  const firstLater = leastAfter(
    steps,
    ({ number }) => number,
    ({ known }) => known,
  );

  for (const { op, seen } of story.sights) {
    const step = seen === 'absent' ? emptyBefore(steps, op.returned) : byMark.get(seen.mark);
    if (!step) {
      findings.violation({ rule: 'phantom', key: story.key, detail: `nobody wrote it`, ops: [op] });
      continue;
    }
    if (step.op && step.op.invoked > op.returned) {
      findings.violation({ rule: 'future', key: story.key, detail: 'written after it', ops: [op, step.op] });
    }
    if (firstLater(step.number) >= op.invoked) continue;
    const missed = steps
      .filter(({ number, known }) => number > step.number && known < op.invoked)
      .map(({ known, op: write }) => ({ known, writes: [write!] }));
    reportMissed('stale', story.key, op, missed, judge, findings);
  }
  if (final !== undefined) checkFinal(final);

  function checkFinal(seen: Seen): void {
    const last = seen === 'absent' ? emptyBefore(steps, NEVER) : byMark.get(seen.mark);
    const lost = steps.filter(({ op, number }) => op?.outcome === 'ok' && number > (last?.number ?? -1));
    if (lost.length === 0) return;
    findings.lost(lost.length);
    const ops = lost.map(({ op }) => op!);
    findings.violation({ rule: 'lost', key: story.key, detail: 'not there at the end', ops });
  }
}

function stepsOf({ writes, sights }: KeyStory): Step[] {
  const steps: Step[] = [{ number: 0, op: undefined, mark: undefined, known: Number.NEGATIVE_INFINITY }];
  for (const op of writes.filter(({ outcome }) => outcome !== 'fail')) {
    const known = op.outcome === 'ok' ? op.returned : NEVER;
    steps.push({ number: steps.length, op, mark: op.action === 'delete' ? undefined : op.mark, known });
  }
  const byMark = new Map(steps.map((step) => [step.mark, step]));
  for (const { op, seen } of sights) {
    const step = seen === 'absent' ? undefined : byMark.get(seen.mark);
    if (step) step.known = Math.min(step.known, op.returned);
  }
  return steps;
}

/** Nothing looks like nothing: the latest step that may have left it is the one that is given the benefit. */
function emptyBefore(steps: readonly Step[], time: number): Step {
  return steps.findLast(({ op, mark }) => mark === undefined && (!op || op.invoked < time))!;
}
