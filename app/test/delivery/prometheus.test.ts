import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { startDynamoServer } from '../support/dynamo-server.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/redis-server.ts';
import { filesOf, ROOT, yamlOf } from './repository.ts';
import { RULE_FILES, type RuleFile } from './rules.ts';
import { run, tool } from './tools.ts';
import { METRICS_TOKEN, metricsOf, startWatchedService } from './watched-service.ts';

interface Config {
  readonly global: Readonly<Record<string, unknown>>;
  readonly scrape_configs: readonly (Readonly<Record<string, unknown>> & { readonly job_name: string })[];
}

interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: string;
}

const FOLDER = 'observability/prometheus';
const EVERY = '500ms';
let scratch: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'cadastre-prometheus-'));
  cpSync(join(ROOT, FOLDER), scratch, { recursive: true });
  writeFileSync(join(scratch, 'metrics-token'), METRICS_TOKEN);
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('promtool', () => {
  const promtool = (...args: string[]) => run(tool('promtool'), args, { cwd: scratch });

  test('accepts the configuration and the rules', async () => {
    const { code, text } = await promtool('check', 'config', 'prometheus.yml');
    expect([code, text]).toEqual([0, expect.stringContaining('SUCCESS')]);
    const names = RULE_FILES.map((path) => path.slice(FOLDER.length + 1));
    for (const name of names) expect(text).toContain(name);
  });

  test('finds that each alert fires when it should, and only then', async () => {
    const tests = filesOf(`${FOLDER}/tests`, '.yml').map((path) => path.slice(FOLDER.length + 1));
    const { code, text } = await promtool('test', 'rules', ...tests);
    expect([code, text]).toEqual([0, expect.stringContaining('SUCCESS')]);
  });

  test('misses no alert in those tests', () => {
    const tested = filesOf(`${FOLDER}/tests`, '.yml').flatMap(alertsTested);
    const declared = RULE_FILES.flatMap((path) => yamlOf<RuleFile>(path).groups)
      .flatMap(({ rules }) => rules)
      .flatMap(({ alert }) => alert ?? []);
    expect(new Set(tested)).toEqual(new Set(declared));
  });

  test('finds nothing wrong with the page of metrics, as far as it is ours', async () => {
    const service = await startWatchedService();
    const page = await metricsOf(service);
    await service.stop();
    const { text } = await run(tool('promtool'), ['check', 'metrics'], { input: page });
    const faults = text.split('\n').filter((line) => line !== '' && !/^(nodejs|process)_/.test(line)); // names of prom-client
    expect(faults).toEqual([]);
  });
});

test('a Prometheus scrapes the service, and raises the alert when its table is gone', async () => {
  const dynamo = await startDynamoServer();
  let stopped: Promise<void> | undefined;
  const stopDynamo = () => (stopped ??= dynamo.stop());
  const service = await startWatchedService(dynamo.endpoint);
  const prometheus = await startPrometheus(new URL(service.url).host);
  try {
    await eventually(async () => (await prometheus.query('up{job="cadastre"} == 1')).length === 1);
    const read = 'http_request_duration_seconds_count{job="cadastre",method="POST",status="201"}';
    await eventually(async () => (await prometheus.query(read)).length > 0);
    await eventually(async () =>
      (await prometheus.alerts()).every(({ labels }) => labels.severity !== 'page'),
    );
    await stopDynamo();
    await eventually(async () => {
      await fetch(`${service.url}/api/v1/entities/parcel/${crypto.randomUUID()}`);
      const names = (await prometheus.alerts()).map(({ labels }) => labels.alertname);
      return names.includes('CadastreRequestsFail') && names.includes('CadastreStoreFails');
    }, 40_000);
    const alert = (await prometheus.alerts()).find(({ labels }) => labels.alertname === 'CadastreStoreFails');
    expect(alert).toMatchObject({
      labels: { severity: 'page', job: 'cadastre' },
      annotations: { runbook_url: 'docs/operations.md#table-throttled' },
    });
  } finally {
    await prometheus.stop();
    await service.stop().catch(() => {});
    await stopDynamo();
  }
}, 90_000);

/** The alerts that a file of tests expects to fire at some time. */
function alertsTested(path: string): string[] {
  interface Test {
    readonly alert_rule_test?: readonly {
      readonly alertname: string;
      readonly exp_alerts?: readonly unknown[];
    }[];
    readonly promql_expr_test?: readonly {
      readonly expr: string;
      readonly exp_samples?: readonly { readonly value: number }[];
    }[];
  }
  return yamlOf<{ tests: readonly Test[] }>(path).tests.flatMap(
    ({ alert_rule_test = [], promql_expr_test = [] }) => [
      ...alert_rule_test
        .filter(({ exp_alerts = [] }) => exp_alerts.length > 0)
        .map(({ alertname }) => alertname),
      ...promql_expr_test
        .filter(({ exp_samples = [] }) => exp_samples.some(({ value }) => value > 0))
        .flatMap(({ expr }) => /ALERTS\{alertname="(\w+)"/.exec(expr)?.[1] ?? []),
    ],
  );
}

interface Prometheus {
  query(text: string): Promise<unknown[]>;
  alerts(): Promise<Alert[]>;
  stop(): Promise<void>;
}

/** The real thing with the project's own configuration, except where the service is and how long everything takes. */
async function startPrometheus(target: string): Promise<Prometheus> {
  const port = await freePort();
  const config = yamlOf<Config>(`${FOLDER}/prometheus.yml`);
  const jobs = config.scrape_configs.filter(({ job_name }) => job_name === 'cadastre');
  expect(jobs).toHaveLength(1);
  const { dns_sd_configs: _, ...job } = jobs[0]!;
  const hurried = {
    ...config,
    global: { ...config.global, scrape_interval: EVERY, scrape_timeout: EVERY, evaluation_interval: EVERY },
    scrape_configs: [{ ...job, static_configs: [{ targets: [target] }] }],
  };
  writeFileSync(join(scratch, 'hurried.yml'), stringify(hurried));
  for (const path of RULE_FILES)
    writeFileSync(join(scratch, path.slice(FOLDER.length + 1)), stringify(impatient(yamlOf<RuleFile>(path))));
  const data = mkdtempSync(join(scratch, 'data-'));
  const args = [
    `--config.file=${scratch}/hurried.yml`,
    `--storage.tsdb.path=${data}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const child = spawn(tool('prometheus'), [...args, '--enable-feature=expand-external-labels'], {
    cwd: scratch,
    env: { RUNBOOKS_URL: 'docs/operations.md' },
    stdio: 'ignore',
  });
  process.once('exit', () => child.kill('SIGKILL'));
  const ask = async <T>(path: string): Promise<T> => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    return ((await answer.json()) as { data: T }).data;
  };
  await ready(child, port);
  return {
    query: async (text) =>
      (await ask<{ result: unknown[] }>(`/api/v1/query?query=${encodeURIComponent(text)}`)).result,
    alerts: async () =>
      (await ask<{ alerts: Alert[] }>('/api/v1/alerts')).alerts.filter(({ state }) => state === 'firing'),
    stop: () => end(child),
  };
}

/** The same rules, without the patience of production. */
function impatient({ groups }: RuleFile): RuleFile {
  const hurry = (rule: RuleFile['groups'][number]['rules'][number]) =>
    rule.alert ? { ...rule, for: '1s' } : rule;
  return { groups: groups.map((group) => ({ ...group, rules: group.rules.map(hurry) })) };
}

async function ready(child: ChildProcess, port: number): Promise<void> {
  await eventually(async () => {
    if (child.exitCode !== null) throw new Error(`Prometheus ended with code ${child.exitCode}`);
    return fetch(`http://127.0.0.1:${port}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  }, 20_000);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
