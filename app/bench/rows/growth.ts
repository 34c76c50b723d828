import { count, type Row } from '../report.ts';

const MOST_GROWTH = 0.1;
const MB = 2 ** 20;

interface Growth {
  /** Bytes, at most. */
  readonly peak: number;
  /** The same of a time before, and what happened then. */
  readonly before: number;
  readonly during: string;
}

export const highest = (samples: readonly number[]) => samples.reduce((a, b) => Math.max(a, b));

/** The line of a resident set that has to stay what it was. */
export function growthRow(work: string, { peak, before, during }: Growth): Row {
  const growth = peak / before - 1;
  return {
    work,
    measured: `at most ${count(peak / MB)} MB`,
    floor: `at most ${count(before / MB)} MB during ${during}`,
    ratio: `${growth < 0 ? '' : '+'}${(growth * 100).toFixed(1)}%`,
    target: `under +${MOST_GROWTH * 100}%`,
    verdict: growth < MOST_GROWTH ? 'pass' : 'short',
  };
}
