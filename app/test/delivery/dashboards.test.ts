import { readMetricsPage } from './metrics-page.ts';
import { type Selector, selectorsOf } from './promql.ts';
import { anchorsOf, filesOf, textOf, yamlOf } from './repository.ts';
import { readRules } from './rules.ts';
import { metricsOf, startWatchedService } from './watched-service.ts';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly h: number; readonly w: number; readonly x: number; readonly y: number };
  readonly targets?: readonly { readonly expr: string; readonly datasource: { readonly uid: string } }[];
}

interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
  readonly annotations: { readonly list: readonly { readonly expr: string }[] };
  readonly templating: { readonly list: readonly { readonly definition: string }[] };
}

const FOLDER = 'observability/grafana/dashboards';
const dashboards = filesOf(FOLDER, '.json').map((path) => JSON.parse(textOf(path)) as Dashboard);
const rules = readRules();
const recorded = new Set(rules.flatMap(({ record }) => record ?? []));

/** Every query of the project, with where it stands. */
const queries = [
  ...dashboards.flatMap(({ title, panels, annotations }) => [
    ...panels.flatMap((panel) =>
      (panel.targets ?? []).map(({ expr }) => [`${title}: ${panel.title}`, expr] as const),
    ),
    ...annotations.list.map(({ expr }) => [`${title}: annotation`, expr] as const),
  ]),
  ...rules.map(({ record, alert, expr }) => [record ?? alert ?? '', expr] as const),
];

/** Labels that Prometheus gives to everything it scrapes. */
const OF_PROMETHEUS = ['job', 'instance'];
let exported: Map<string, Set<string>>;

beforeAll(async () => {
  const service = await startWatchedService();
  try {
    exported = readMetricsPage(await metricsOf(service));
  } finally {
    await service.stop();
  }
});

/** What is wrong with the names in a query. */
function faultsOf({ metric, labels }: Selector): string[] {
  if (metric === 'up' || recorded.has(metric))
    return labels.filter((label) => !OF_PROMETHEUS.includes(label));
  const known = exported.get(metric);
  if (!known) return [metric];
  const strange = labels.filter((label) => !OF_PROMETHEUS.includes(label) && !known.has(label));
  return strange.map((label) => `${metric}{${label}}`);
}

test.each(queries)('%s asks for metrics and labels that the service exports', (_place, query) => {
  const selectors = selectorsOf(query);
  expect(selectors.length).toBeGreaterThan(0);
  expect(selectors.flatMap(faultsOf)).toEqual([]);
});

test('a metric or label that nobody exports is found', () => {
  const wrong = 'sum by (route) (rate(http_requests_total{status="500",colour="red"}[$__rate_interval]))';
  expect(selectorsOf(wrong)).toEqual([{ metric: 'http_requests_total', labels: ['status', 'colour'] }]);
  expect(faultsOf({ metric: 'http_requests_total', labels: [] })).toEqual(['http_requests_total']);
  expect(faultsOf({ metric: 'cache_state', labels: ['figure', 'colour'] })).toEqual(['cache_state{colour}']);
  expect(() => selectorsOf('sum(rate(up[5m])')).toThrow('not PromQL');
});

test('the metrics of docs/operations.md are the exported ones', () => {
  const documented = [...textOf('docs/operations.md').matchAll(/^\| `([a-z]\w+)` \|/gm)].map(
    ([, name]) => name!,
  );
  const all = [...exported.keys()].map((name) => name.replace(/_(bucket|sum|count)$/, ''));
  const own = new Set(all.filter((name) => !/^(process|nodejs)_/.test(name)));
  expect(new Set(documented.filter((name) => !name.includes('*')))).toEqual(own);
});

describe.each(dashboards.map((dashboard) => [dashboard.uid, dashboard] as const))(
  '%s',
  (uid, { panels, templating }) => {
    test('is named after its file, and each panel has an id, a query and a place of its own', () => {
      expect(textOf(`${FOLDER}/${uid}.json`)).toContain(`"uid": "${uid}"`);
      expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
      const drawn = panels.filter(({ type }) => type !== 'row');
      for (const { targets, title } of drawn)
        expect([title, (targets ?? []).length > 0]).toEqual([title, true]);
      const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
        Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
      );
      expect(new Set(cells).size).toBe(cells.length);
      expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
    });

    test('reads the provisioned source and offers the job', () => {
      const { datasources } = yamlOf<{ datasources: { uid: string }[] }>(
        'observability/grafana/provisioning/datasources/prometheus.yml',
      );
      const used = new Set(
        panels.flatMap(({ targets = [] }) => targets.map(({ datasource }) => datasource.uid)),
      );
      expect([...used]).toEqual(datasources.map((source) => source.uid));
      expect(templating.list.map(({ definition }) => definition)).toEqual([
        'label_values(http_request_duration_seconds_count, job)',
      ]);
    });
  },
);

test('the dashboards show traffic, errors, latency, cache, capacity, throttles, changes, process and saturation', () => {
  const asked = new Set(queries.flatMap(([, query]) => selectorsOf(query)).map(({ metric }) => metric));
  for (const metric of [
    'http_request_duration_seconds_bucket',
    'http_request_duration_seconds_count',
    'store_call_duration_seconds_count',
    'store_capacity_units_total',
    'cache_reads_total',
    'cache_fences_total',
    'cache_events_total',
    'cache_state',
    'changes_recorded_total',
    'changes_delivered_total',
    'changes_failed_total',
    'changes_lag_seconds',
    'process_cpu_seconds_total',
    'process_resident_memory_bytes',
    'nodejs_eventloop_lag_p99_seconds',
  ]) {
    expect([metric, asked.has(metric)]).toEqual([metric, true]);
  }
});

test('every alert leads to a runbook that is there, and pages or writes a ticket', () => {
  const anchors = anchorsOf('docs/operations.md');
  const alerts = rules.filter(({ alert }) => alert);
  expect(alerts.length).toBeGreaterThan(10);
  for (const { alert, labels, annotations } of alerts) {
    const [, anchor = ''] =
      /^\{\{ \$externalLabels\.runbooks \}\}#(.+)$/.exec(annotations?.runbook_url ?? '') ?? [];
    expect([alert, anchor, anchors.has(anchor)]).toEqual([alert, anchor, true]);
    expect([alert, labels?.severity]).toEqual([alert, expect.stringMatching(/^(page|ticket)$/)]);
    expect(annotations?.summary).toBeTruthy();
    expect(annotations?.description).toBeTruthy();
  }
});
