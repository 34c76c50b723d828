import { readFileSync, writeFileSync } from 'node:fs';

/** One line of the table: a figure beside what it is held against. */
export interface Row {
  readonly work: string;
  readonly measured: string;
  /** The figure of the floor, or what is expected. */
  readonly floor: string;
  readonly ratio: string;
  readonly target: string;
  readonly verdict: Verdict;
}

/** `wrong` is for figures that do not depend on the machine: it fails the run, while `short` never does. */
export type Verdict = 'pass' | 'short' | 'wrong' | 'information' | 'not measured';

const BEGIN = '<!-- figures: written by make bench -->';
const END = '<!-- figures end -->';
const page = new URL('../../docs/performance.md', import.meta.url);

export function markdown(rows: readonly Row[]): string {
  const lines = rows.map(
    (row) =>
      `| ${row.work} | ${row.measured} | ${row.floor} | ${row.ratio} | ${row.target} | ${row.verdict} |`,
  );
  return [
    '| work | Cadastre | floor or expected | ratio (spread) | target | verdict |',
    '|---|---|---|---|---|---|',
    ...lines,
  ].join('\n');
}

/** Puts the figures between the two marker comments of docs/performance.md. */
export function publish(text: string): void {
  const before = readFileSync(page, 'utf8');
  const begin = before.indexOf(BEGIN);
  const end = before.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`${page.pathname} has lost its marker comments`);
  writeFileSync(page, `${before.slice(0, begin + BEGIN.length)}\n\n${text}\n\n${before.slice(end)}`);
}

export function notMeasured(work: string, why: string): Row {
  return { work, measured: why, floor: '', ratio: '', target: '', verdict: 'not measured' };
}

export const count = (value: number) => Math.round(value).toLocaleString('en');
