/** Sorted times and spans, asked often: each question costs a binary search. */

/** Position of the first element for which `after` holds; those for which it does stand at the end. */
export function firstIndex<T>(sorted: readonly T[], after: (element: T) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (after(sorted[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The least `value` of those whose `at` is greater than a time. */
export function leastAfter<T>(
  items: readonly T[],
  at: (item: T) => number,
  value: (item: T) => number,
): (time: number) => number {
  const sorted = [...items].sort((a, b) => at(a) - at(b));
  const least = new Array<number>(sorted.length + 1).fill(Number.POSITIVE_INFINITY);
  for (let i = sorted.length - 1; i >= 0; i--) least[i] = Math.min(least[i + 1]!, value(sorted[i]!));
  return (time) => least[firstIndex(sorted, (item) => at(item) > time)]!;
}

/** Whether any of these spans overlaps from..to. */
export function overlaps(
  spans: readonly { readonly started: number; readonly ended: number }[],
  from: number,
  to: number,
): boolean {
  return spans.some(({ started, ended }) => started <= to && ended >= from);
}
