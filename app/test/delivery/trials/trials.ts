/** One thing that is broken, and the check that has to notice. */
export interface Trial {
  readonly what: string;
  readonly path: string;
  /** The text as it is, and as it is broken: the first place where it stands is changed. */
  readonly from: string;
  readonly to: string;
  readonly check: Check;
}

/** A file of tests, or a part of it; or the checker of the Terraform layers. */
export type Check = { readonly test: string; readonly part?: string } | 'iac';

const permissions: Check = { test: 'iac-permissions.test.ts' };
const workflows: Check = { test: 'workflows.test.ts' };
const queries: Check = { test: 'dashboards.test.ts', part: 'asks for metrics' };
const alerts: Check = { test: 'prometheus.test.ts', part: 'promtool' };
const compose: Check = { test: 'compose.test.ts', part: 'the compose file' };
const dockerfile: Check = { test: 'image.test.ts', part: 'the Dockerfile' };
const documents: Check = { test: 'documents.test.ts' };
const DEPLOY = '.github/workflows/deploy.yml';

export const trials: readonly Trial[] = [
  {
    what: 'an argument that the provider does not know',
    path: 'iac/app/table.tf',
    from: 'billing_mode     ',
    to: 'billing_modus    ',
    check: 'iac',
  },
  {
    what: 'a variable that nobody declares',
    path: 'iac/deploy/main.tf',
    from: 'var.max_tasks',
    to: 'var.most_tasks',
    check: 'iac',
  },
  {
    what: 'a parameter that one layer writes and the next one looks for elsewhere',
    path: 'iac/bootstrap/main.tf',
    from: '/bootstrap/permissions_boundary_arn',
    to: '/bootstrap/boundary_arn',
    check: 'iac',
  },
  {
    what: 'an output of a module that is called something else',
    path: 'iac/modules/network/outputs.tf',
    from: 'output "nat_gateway_count"',
    to: 'output "gateways"',
    check: 'iac',
  },
  {
    what: 'tags of images that can be moved',
    path: 'iac/basic/registry.tf',
    from: 'IMMUTABLE',
    to: 'MUTABLE',
    check: 'iac',
  },
  {
    what: 'a role that any repository may take',
    path: 'iac/bootstrap/github.tf',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Terraform fills it in
    from: '"${local.subject}:environment:${each.value}"',
    to: '"repo:*"',
    check: 'iac',
  },
  {
    what: 'an action that IAM does not have',
    path: 'iac/bootstrap/policy-release.tf',
    from: 'ecs:UpdateService"',
    to: 'ecs:ChangeService"',
    check: 'iac',
  },
  {
    what: 'a test of a layer that speaks of an attribute that is not there',
    path: 'iac/modules/balancer/tests/balancer.tftest.hcl',
    from: 'aws_lb.this.enable_deletion_protection',
    to: 'aws_lb.this.deletion_protection',
    check: 'iac',
  },
  {
    what: 'a permission that the adapters need and a task lacks',
    path: 'iac/app/roles.tf',
    from: '      "dynamodb:Query",\n',
    to: '',
    check: permissions,
  },
  {
    what: 'a permission that nobody needs',
    path: 'iac/app/roles.tf',
    from: '      "dynamodb:Query",\n',
    to: '      "dynamodb:Query",\n      "dynamodb:Scan",\n',
    check: permissions,
  },
  {
    what: 'a sort key of the layer that is not the one of the description',
    path: 'iac/app/table.tf',
    from: '= local.table.sort_key.name\n  deletion',
    to: '= "sort"\n  deletion',
    check: permissions,
  },
  {
    what: 'expiry by an attribute of the layer that is not the one of the description',
    path: 'iac/app/table.tf',
    from: 'attribute_name = local.table.time_to_live_attribute',
    to: 'attribute_name = "ttl"',
    check: permissions,
  },
  {
    what: 'a description whose partition key is not the one of the code',
    path: 'app/table.json',
    from: '"name": "pk"',
    to: '"name": "id"',
    check: permissions,
  },
  {
    what: 'a description whose expiry is not the one of the code',
    path: 'app/table.json',
    from: '"expires_at"',
    to: '"ttl"',
    check: permissions,
  },
  {
    what: 'a setting that the service does not have',
    path: 'iac/deploy/task.tf',
    from: 'FINISH_MS     =',
    to: 'FINISHED_MS   =',
    check: permissions,
  },
  {
    what: 'a task that is killed before it has finished',
    path: 'iac/deploy/task.tf',
    from: 'stop_seconds = 60',
    to: 'stop_seconds = 25',
    check: permissions,
  },
  {
    what: 'a metric of a dashboard that the service does not export',
    path: 'observability/grafana/dashboards/cadastre-service.json',
    from: 'http_request_duration_seconds_count{',
    to: 'http_requests_total{',
    check: queries,
  },
  {
    what: 'a metric of a rule that the service does not export',
    path: 'observability/prometheus/rules/recording.yml',
    from: 'http_request_duration_seconds_count{',
    to: 'http_requests_total{',
    check: queries,
  },
  {
    what: 'an alert with a lost bracket',
    path: 'observability/prometheus/rules/alerts.yml',
    from: 'absent(up{job="cadastre"} == 1)',
    to: 'absent(up{job="cadastre"} == 1',
    check: alerts,
  },
  {
    what: 'an alert that fires at another value',
    path: 'observability/prometheus/rules/alerts.yml',
    from: 'job:http_failures:ratio_rate5m > 0.01',
    to: 'job:http_failures:ratio_rate5m > 0.5',
    check: alerts,
  },
  {
    what: 'a wrong key of a workflow',
    path: DEPLOY,
    from: 'timeout-minutes:',
    to: 'timeout-minute:',
    check: workflows,
  },
  {
    what: 'an action by a tag that can be moved',
    path: DEPLOY,
    from: 'actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1',
    to: 'actions/checkout@v7',
    check: workflows,
  },
  {
    what: 'a fault in the shell of a workflow',
    path: DEPLOY,
    from: 'echo "version=$version" >>"$GITHUB_OUTPUT"',
    to: 'echo version=$version >>$GITHUB_OUTPUT',
    check: workflows,
  },
  {
    what: 'a job that may more than it says',
    path: DEPLOY,
    from: 'permissions: {}',
    to: 'permissions: write-all',
    check: workflows,
  },
  {
    what: 'a fault in a script',
    path: 'iac/bootstrap/bootstrap.sh',
    from: 'rm -f "$kept" "$kept.backup"',
    to: 'rm -f $kept "$kept.backup"',
    check: workflows,
  },
  {
    what: 'a variable of GitHub that the documentation does not name',
    path: DEPLOY,
    from: 'vars.AWS_REGION',
    to: 'vars.AWS_PLACE',
    check: workflows,
  },
  {
    what: 'a word that compose does not know',
    path: 'docker-compose.yml',
    from: 'depends_on:',
    to: 'depend_on:',
    check: compose,
  },
  {
    what: 'a container that listens to the whole network',
    path: 'docker-compose.yml',
    from: '"127.0.0.1:',
    to: '"0.0.0.0:',
    check: compose,
  },
  {
    what: 'a fault in the Dockerfile that a linter knows',
    path: 'app/Dockerfile',
    from: 'EXPOSE 3000',
    to: 'EXPOSE three',
    check: dockerfile,
  },
  {
    what: 'an image that is started as root',
    path: 'app/Dockerfile',
    from: 'USER 65532:65532',
    to: 'USER root',
    check: dockerfile,
  },
  {
    what: 'a base of the image without its digest',
    path: 'app/Dockerfile',
    from: '@sha256:e792ab3d241a468a4fd7519ddbbebe66b49b5f365771716ea688ad40b6c6f1c2',
    to: '',
    check: dockerfile,
  },
  {
    what: 'a target of make in the README that is not there',
    path: 'README.md',
    from: '`make push environment=sandbox',
    to: '`make publish environment=sandbox',
    check: documents,
  },
  {
    what: 'a target of make that needs more than the documentation says',
    path: 'docs/deployment.md',
    from: 'make deploy environment=sandbox image_version=1.0.0',
    to: 'make deploy image_version=1.0.0',
    check: documents,
  },
  {
    what: 'a layer of the documentation that is not there',
    path: 'docs/deployment.md',
    from: 'make apply layer=app environment=sandbox',
    to: 'make apply layer=application environment=sandbox',
    check: documents,
  },
  {
    what: 'a preset that has become dearer than the documentation says',
    path: 'iac/modules/preset/main.tf',
    from: 'nat                 = "single"',
    to: 'nat                 = "per_zone"',
    check: { test: 'prices.test.ts' },
  },
  {
    what: 'a bootstrap that does not move its state',
    path: 'iac/bootstrap/bootstrap.sh',
    from: '-migrate-state -force-copy',
    to: '-reconfigure',
    check: { test: 'iac-scripts.test.ts' },
  },
  {
    what: 'commit messages that make no version any more',
    path: '.releaserc.yml',
    from: '- { type: patch, release: patch }',
    to: '- { type: patched, release: patch }',
    check: { test: 'release.test.ts', part: 'the old words: patch' },
  },
];
