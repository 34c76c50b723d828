import type { Op, Seen, State } from './history.ts';
import type { Judge } from './judge.ts';
import {
  type KeyStory,
  type Life,
  type Lives,
  livesOf,
  type Passing,
  type Passings,
  passingsOf,
} from './lives.ts';
import { firstIndex } from './spans.ts';

export type Rule =
  | 'stale' // a read missed what was known before it began
  | 'future' // it saw what was written only after it
  | 'order' // the versions of two writes are the other way round than the writes
  | 'mixed' // one version has two contents, or one content two versions
  | 'phantom' // it saw what nobody wrote, or what was refused
  | 'gap' // versions that no write explains
  | 'missing' // nothing was found where something had to be
  | 'lost' // an acknowledged write is not in the final state
  | 'twice'; // a request that was repeated was done twice

export interface Violation {
  readonly rule: Rule;
  readonly key: string;
  readonly detail: string;
  /** The operation that shows it, and others that it contradicts. */
  readonly ops: readonly Op[];
}

/** What a rule reports to. */
export interface Findings {
  violation(found: Violation): void;
  /** A read that was behind, but allowed to be, by so many milliseconds. */
  bounded(ms: number): void;
  /** A read that went back behind a write still under way whose mark Redis had lost. */
  allowed(): void;
  lost(writes: number): void;
}

/** Checks all that is known of one key with versions. */
export function checkKey(story: KeyStory, final: Seen | undefined, judge: Judge, findings: Findings): void {
  const lives = livesOf(story);
  const passings = passingsOf(story, lives);
  checkStates(story, lives, findings);
  for (const life of lives.list) checkOrder(story.key, life, findings);
  checkGaps(story, lives, findings);
  checkReads(story, lives, passings, judge, findings);
  if (final !== undefined) checkFinal(story, lives, final, findings);
}

/** Each version has one content, each content was written, before it was seen, and by a write not refused. */
function checkStates({ key, sights }: KeyStory, lives: Lives, { violation }: Findings): void {
  const placeOf = new Map<string, State>();
  for (const { op, seen } of sights) {
    if (seen === 'absent') continue;
    const write = lives.writes.get(seen.mark);
    const ops = write ? [op, write] : [op];
    if (!write) violation({ rule: 'phantom', key, detail: `nobody wrote ${seen.mark}`, ops });
    else if (write.outcome === 'fail') violation({ rule: 'phantom', key, detail: 'it was refused', ops });
    else if (write.invoked > op.returned) violation({ rule: 'future', key, detail: 'written after it', ops });
    const first = lives.byBirth.get(seen.born)!.reached.get(seen.version)!;
    if (first.state.mark !== seen.mark) {
      const detail = `version ${seen.version} is ${seen.mark} and ${first.state.mark}`;
      violation({ rule: 'mixed', key, detail, ops: first.write ? [...ops, first.write] : ops });
    }
    const place = placeOf.get(seen.mark) ?? seen;
    placeOf.set(seen.mark, place);
    if (place.born !== seen.born || place.version !== seen.version) {
      const detail = `${seen.mark} is version ${seen.version} of ${seen.born} and ${place.version} of ${place.born}`;
      violation({ rule: 'mixed', key, detail, ops });
    }
  }
}

/** Of two acknowledged writes, the one that began after the end of the other has the higher version. */
function checkOrder(key: string, { reached }: Life, { violation }: Findings): void {
  const acked = [...reached.values()]
    .filter(({ write }) => write?.outcome === 'ok')
    .sort((a, b) => b.state.version - a.state.version);
  let earliest: Op | undefined;
  for (const { write } of acked) {
    if (earliest && write!.invoked > earliest.returned) {
      violation({
        rule: 'order',
        key,
        detail: 'a later write has the lower version',
        ops: [write!, earliest],
      });
    }
    if (!earliest || write!.returned < earliest.returned) earliest = write;
  }
}

/** Versions that nobody saw are those of writes of which nobody knows how they ended. */
function checkGaps({ key, writes }: KeyStory, { list }: Lives, { violation }: Findings): void {
  let gaps = 0;
  const seen = new Set<string>();
  for (const { reached } of list) {
    gaps += Math.max(...reached.keys()) - reached.size;
    for (const { state } of reached.values()) seen.add(state.mark);
  }
  const open = writes.filter((op) => op.outcome === 'info' && op.mark !== undefined && !seen.has(op.mark));
  if (gaps > open.length) {
    violation({
      rule: 'gap',
      key,
      detail: `${gaps} versions, ${open.length} open writes`,
      ops: open.slice(0, 5),
    });
  }
}

function checkReads(
  { key, sights }: KeyStory,
  { list, byBirth }: Lives,
  passings: Passings,
  judge: Judge,
  findings: Findings,
): void {
  const absences = absenceCheck(list);
  for (const { op, seen } of sights) {
    const missed = seen === 'absent' ? missedLives(op) : missedStates(op, seen);
    if (missed.length > 0)
      reportMissed(seen === 'absent' ? 'missing' : 'stale', key, op, missed, judge, findings);
  }

  function missedStates(op: Op, { born, version }: State): Passing[] {
    const life = byBirth.get(born)!;
    return passings.first(life, version) < op.invoked ? passings.all(life, version, op.invoked) : [];
  }
  function missedLives(op: Op): Passing[] {
    return absences(op).map(({ upper, creation }) => ({ known: upper, writes: creation ? [creation] : [] }));
  }
}

/** One read counts once, by the worst that it missed. */
export function reportMissed(
  rule: Rule,
  key: string,
  op: Op,
  missed: readonly Passing[],
  judge: Judge,
  findings: Findings,
): void {
  const judged = missed.map(({ known, writes }) => judge.missed(op, key, known, writes));
  const worst = missed[judged.indexOf('violation')];
  const behind = ({ known }: Passing) => op.invoked - known;
  if (worst) {
    const detail = `${behind(worst).toFixed(1)} ms behind, ${missed.length} missed`;
    findings.violation({ rule, key, detail, ops: [op, ...worst.writes.slice(0, 5)] });
  } else if (judged.includes('bounded')) {
    findings.bounded(Math.max(...missed.filter((_, i) => judged[i] === 'bounded').map(behind)));
  } else findings.allowed();
}

/** The lives that a read which found nothing should have found: begun before it, and nobody can have ended them. */
function absenceCheck(list: readonly Life[]): (op: Op) => Life[] {
  const byUpper = [...list].sort((a, b) => a.upper - b.upper);
  let most = Number.NEGATIVE_INFINITY;
  const latestKiller = byUpper.map(({ earliestKiller }) => (most = Math.max(most, earliestKiller)));
  return (op) => {
    const count = firstIndex(byUpper, ({ upper }) => upper >= op.invoked);
    if (count === 0 || latestKiller[count - 1]! < op.returned) return [];
    return byUpper.slice(0, count).filter(({ earliestKiller }) => earliestKiller >= op.returned);
  };
}

/** Everything acknowledged is in the final state or was deleted. */
function checkFinal({ key }: KeyStory, { list, deletes }: Lives, final: Seen, findings: Findings): void {
  const born = final === 'absent' ? undefined : final.born;
  const version = final === 'absent' ? 0 : final.version;
  for (const life of list) {
    const isFinal = life.born === born;
    if (!isFinal && life.earliestKiller < Number.POSITIVE_INFINITY) continue;
    const lost = [...life.reached.values()]
      .filter(({ state, write }) => write?.outcome === 'ok' && (!isFinal || state.version > version))
      .map(({ write }) => write!);
    if (lost.length === 0) continue;
    findings.lost(lost.length);
    const now = final === 'absent' ? 'nothing' : `version ${version} of ${born}`;
    findings.violation({ rule: 'lost', key, detail: `${life.born}; at the end there is ${now}`, ops: lost });
  }
  const life = list.find((one) => one.born === born);
  const undone = life && deletes.filter((op) => op.outcome === 'ok' && op.invoked > life.upper);
  if (!undone?.length) return;
  findings.lost(undone.length);
  findings.violation({ rule: 'lost', key, detail: `${born} was deleted and is there`, ops: undone });
}
