import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { History, Op } from './history.ts';
import type { Violation } from './rules.ts';
import type { Run } from './run.ts';

const SHOWN = 12;
const CONTEXT = 14;

const count = (value: number) => value.toLocaleString('en-US');

/** The line that tells it all. */
export function figureLine({ history, verdict, seconds, counts, crashes }: Run): string {
  const { ops, faults } = history;
  const cached = ops.filter((op) => op.cache !== undefined);
  const hits = cached.filter((op) => op.cache === 'hit');
  const answered = ops.filter((op) => op.status > 0 && op.status < 500);
  const parts = [
    `${Math.round(seconds)} s`,
    `${count(ops.length)} operations`,
    `${faults.length} faults of ${new Set(faults.map(({ kind }) => kind)).size} kinds`,
    `${count(verdict.violations.length)} violations`,
    `${count(verdict.lost)} lost acknowledged writes`,
    `max staleness of unfenced writes ${Math.round(verdict.maxStalenessMs)} ms in ${count(verdict.bounded)} reads`,
    `${count(verdict.allowed)} reads behind an open write whose mark was lost`,
    `${count(verdict.unverified)} marked unverified`,
    `hit rate ${(hits.length / Math.max(1, cached.length)).toFixed(2)}`,
    `success ${((100 * answered.length) / Math.max(1, ops.length)).toFixed(2)} %`,
    `${count(counts.audited)} caught by the auditor`,
    `${crashes} crashes`,
  ];
  return `chaos: ${parts.join(', ')}`;
}

/** How often each kind of fault happened, for how long, and what requests fared while it did. */
export function faultTable({ ops, faults }: History): string {
  const kinds = [...new Set(faults.map(({ kind }) => kind))].sort();
  const rows = kinds.map((kind) => {
    const spans = faults.filter((fault) => fault.kind === kind);
    const during = ops.filter((op) =>
      spans.some(({ started, ended }) => op.invoked >= started && op.invoked <= ended),
    );
    const seconds = spans.reduce((sum, { started, ended }) => sum + ended - started, 0) / 1000;
    const good = during.filter(({ status }) => status > 0 && status < 500).length;
    const cached = during.filter(({ cache }) => cache !== undefined);
    const hits = cached.filter(({ cache }) => cache === 'hit').length;
    const share = (part: number, whole: number) =>
      whole === 0 ? '' : `${((100 * part) / whole).toFixed(1)} %`;
    return `| ${kind} | ${spans.length} | ${seconds.toFixed(1)} | ${count(during.length)} | ${share(good, during.length)} | ${share(hits, cached.length)} |`;
  });
  return [
    '| fault | times | seconds | operations | answered | hits |',
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

/** How the reads that may be cached were answered, most frequent first. */
export function cacheLine({ ops }: History): string {
  const counts = new Map<string, number>();
  for (const { cache } of ops) if (cache !== undefined) counts.set(cache, (counts.get(cache) ?? 0) + 1);
  const total = [...counts.values()].reduce((sum, one) => sum + one, 0);
  const parts = [...counts].sort(([, a], [, b]) => b - a);
  return `reads: ${parts.map(([name, one]) => `${name} ${((100 * one) / total).toFixed(1)} %`).join(', ')}`;
}

/** The first violations with what else happened to the same keys at that time. */
export function violationsText({ history, verdict }: Pick<Run, 'history' | 'verdict'>): string {
  return verdict.violations
    .slice(0, SHOWN)
    .map((violation) => violationText(history, violation))
    .join('\n\n');
}

function violationText(history: History, { rule, key, detail, ops }: Violation): string {
  const [first] = ops;
  const base = first?.invoked ?? 0;
  const from = Math.min(...ops.map((op) => op.invoked));
  const to = Math.max(...ops.map((op) => op.returned));
  const about = history.ops.filter(
    (op) => op.key === key || op.elements?.has(key) || op.covers?.includes(key),
  );
  const writes = about.filter((op) => op.action !== 'read' && op.action !== 'list');
  const near = [...new Set([...writes.filter(within), ...about.filter(within).slice(-CONTEXT), ...ops])].sort(
    (a, b) => a.invoked - b.invoked,
  );
  const faults = history.faults.filter(({ started, ended }) => started <= to + 100 && ended >= from - 2_000);
  return [
    `${rule}: ${key}: ${detail}`,
    ...near.slice(-3 * CONTEXT).map((op) => `  ${ops.includes(op) ? '>' : ' '} ${opText(op, key, base)}`),
    ...faults.map(
      ({ kind, detail: whom, started, ended }) =>
        `    fault ${kind} ${whom} from ${(started - base).toFixed(0)} to ${(ended - base).toFixed(0)} ms`,
    ),
  ].join('\n');

  function within(op: Op): boolean {
    return op.invoked <= to + 50 && op.returned >= from - 50;
  }
}

function opText(op: Op, key: string, base: number): string {
  const seen = op.elements ? (op.elements.get(key) ?? (op.covers?.includes(key) ? 'absent' : '?')) : op.seen;
  const state =
    seen === undefined || typeof seen === 'string'
      ? (seen ?? '')
      : `${seen.born} v${seen.version} ${seen.mark}`;
  const time = `${(op.invoked - base).toFixed(1)}..${(op.returned - base).toFixed(1)}`;
  return `${time} client ${op.client} at ${op.instance}: ${op.action} ${op.mark ?? ''} ${op.outcome} ${op.status} ${op.cache ?? ''} ${state}`;
}

/** Writes all that was seen to a file of the system's own temporary folder. */
export function writeHistory(history: History): string {
  const path = join(tmpdir(), `chaos-history-${process.pid}.json`);
  const plain = (_: string, value: unknown) => (value instanceof Map ? Object.fromEntries(value) : value);
  const lines = history.ops.map((op) => JSON.stringify(op, plain));
  const rest = JSON.stringify({ ...history, ops: undefined }, plain);
  writeFileSync(path, `${rest}\n${lines.join('\n')}\n`);
  return path;
}
