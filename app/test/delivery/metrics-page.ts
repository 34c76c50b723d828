/** The names on a page for Prometheus, each with its label names; a histogram has the names of its series. */
export function readMetricsPage(text: string): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  const add = (name: string) => found.get(name) ?? found.set(name, new Set()).get(name)!;
  for (const line of text.split('\n')) {
    const type = /^# TYPE (\S+) (\S+)$/.exec(line);
    if (type?.[2] === 'histogram') for (const end of ['_bucket', '_sum', '_count']) add(`${type[1]}${end}`);
    else if (type) add(type[1]!);
    const sample = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? \S+$/.exec(line);
    if (!sample) continue;
    for (const [, label] of (sample[2] ?? '').matchAll(/([a-zA-Z_]\w*)="/g)) add(sample[1]!).add(label!);
  }
  return found;
}
