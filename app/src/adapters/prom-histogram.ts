import type { Metric, Registry } from 'prom-client';

export interface HistogramOptions {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds in ascending order; the one without a bound is understood. */
  readonly buckets: readonly number[];
}

/** What was observed under one set of labels. */
interface Series {
  readonly labels: Record<string, string | number>;
  readonly counts: number[];
  sum: number;
  count: number;
}

/**
 * A histogram of a prom-client registry that counts in plain arrays. The library's own checks and hashes its labels
 * on every observation, which on the path of each request costs as much as parsing the URL. Returns the observer:
 * the value first, then the labels in their order.
 */
export function histogramIn(
  registry: Registry,
  options: HistogramOptions,
): (value: number, ...labels: (string | number)[]) => void {
  const { name, help, buckets } = options;
  const all = new Map<string, Series>();
  const metric = {
    name,
    help,
    type: 'histogram',
    aggregator: 'sum',
    async get() {
      const values = [...all.values()].flatMap((series) => samplesOf(name, buckets, series));
      return { name, help, type: 'histogram', aggregator: 'sum', values };
    },
    reset: () => all.clear(),
  };
  registry.registerMetric(metric as unknown as Metric);
  return (value, ...labels) => {
    const key = labels.join(' ');
    let series = all.get(key);
    if (!series) {
      series = newSeries(options, labels);
      all.set(key, series);
    }
    let bucket = 0;
    while (bucket < buckets.length && value > buckets[bucket]!) bucket++;
    series.counts[bucket]!++;
    series.sum += value;
    series.count++;
  };
}

function newSeries(
  { labels: names, buckets }: HistogramOptions,
  labels: readonly (string | number)[],
): Series {
  const named = Object.fromEntries(names.map((name, i) => [name, labels[i]!]));
  return { labels: named, counts: Array<number>(buckets.length + 1).fill(0), sum: 0, count: 0 };
}

/** Buckets are cumulative on the wire: each counts what is at most its bound. */
function samplesOf(name: string, buckets: readonly number[], { labels, counts, sum, count }: Series) {
  let below = 0;
  const bounded = [...buckets, '+Inf'].map((le, i) => {
    below += counts[i]!;
    return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: below };
  });
  return [
    ...bounded,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
