import { parser } from '@prometheus-io/lezer-promql';

/** One metric that a query asks for, and the labels by which it chooses. */
export interface Selector {
  readonly metric: string;
  readonly labels: readonly string[];
}

/** What Grafana puts in before it asks. */
const GRAFANA: readonly [RegExp, string][] = [
  [/\$__rate_interval|\$__interval|\$__range/g, '5m'],
  [/\$\{?\w+\}?/g, 'x'],
];

/** The metrics of a query. Throws where it is not PromQL. */
export function selectorsOf(query: string): Selector[] {
  const text = GRAFANA.reduce((known, [pattern, value]) => known.replace(pattern, value), query);
  const found: { metric: string; labels: string[] }[] = [];
  parser.parse(text).iterate({
    enter({ type, from, to }) {
      if (type.isError) throw new Error(`not PromQL at ${from}: ${query}`);
      if (type.name === 'VectorSelector') found.push({ metric: '', labels: [] });
      const latest = found.at(-1);
      if (type.name === 'Identifier' && latest?.metric === '') latest.metric = text.slice(from, to);
      if (type.name === 'LabelName' && isMatcher(text, to)) latest?.labels.push(text.slice(from, to));
    },
  });
  return found;
}

/** A label name is one of a selector when an operator follows it; otherwise a `by` or `on` names it. */
function isMatcher(text: string, end: number): boolean {
  return /^\s*(=|!=|=~|!~)/.test(text.slice(end));
}
