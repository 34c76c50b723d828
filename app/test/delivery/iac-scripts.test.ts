import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ROOT } from './repository.ts';
import { type Outcome, run, tool } from './tools.ts';

/**
 * The scripts around Terraform, with programs in the place of `aws` and `terraform` that note how they were called and keep
 * states as files: what is tested is the order in which the scripts call them, and what they do when one fails.
 */
const AWS = `#!/usr/bin/env bash
echo "aws $*" >>"$NOTES"
case "$*" in
  *get-caller-identity*) echo 111111111111 ;;
  *head-bucket*) [ -d "$BUCKET" ] ;;
  *head-object*) all="$*"; key=\${all##*--key }; [ -f "$BUCKET/\${key%% *}" ] ;;
  *list-objects*) (cd "$BUCKET" && find app -name 'p-*.tfstate') | tr '\\n' '\\t' ;;
  *expires_on*) cat "$BUCKET/days/$(sed -E 's#.*/cadastre/([^/]+)/.*#\\1#' <<<"$*")" ;;
  *"s3 rm"*) ;;
  *) exit 1 ;;
esac
`;
/** Where the state lies is remembered from one \`init\` to the next command, as Terraform itself does it. */
const TERRAFORM = `#!/usr/bin/env bash
echo "terraform $*" >>"$NOTES"
if [ "\${FAILS:-}" = "$1" ]; then exit 1; fi
case "$1" in
  init)
    if [ -f backend_override.tf ]; then sed -nE 's/.*path = "(.*)"/\\1/p' backend_override.tf >.place; exit; fi
    new=$BUCKET/$(sed -E 's/.*key=([^ ]+).*/\\1/' <<<"$*")
    case "$*" in *-migrate-state*) mkdir -p "\${new%/*}"; cp "$(cat .place)" "$new" ;; esac
    echo "$new" >.place
    ;;
  apply) mkdir -p "$BUCKET"; echo state >"$(cat .place)" ;;
  output) cat "$BUCKET/output.json" ;;
esac
`;

let folder: string;
let bucket: string;
let notes: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cadastre-iac-'));
  bucket = join(folder, 'bucket');
  notes = join(folder, 'notes');
  mkdirSync(join(folder, 'bin'));
  for (const [name, text] of Object.entries({ aws: AWS, terraform: TERRAFORM })) {
    writeFileSync(join(folder, 'bin', name), text);
    chmodSync(join(folder, 'bin', name), 0o755);
  }
  cpSync(join(ROOT, 'iac/bootstrap'), join(folder, 'iac/bootstrap'), { recursive: true });
  cpSync(join(ROOT, '.github/scripts'), join(folder, '.github/scripts'), { recursive: true });
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function start(
  script: string,
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const env = {
    PATH: `${join(folder, 'bin')}${delimiter}${process.env.PATH}`,
    AWS_REGION: 'eu-west-1',
    BUCKET: bucket,
    NOTES: notes,
    GITHUB_REPOSITORY: 'ada/cadastre',
    BUDGET_EMAIL: 'ada@example.com',
    ...more,
  };
  writeFileSync(notes, '');
  const { input, ...rest } = { input: '', ...env } as Record<string, string>;
  return run('bash', [join(folder, script), ...args], { env: rest, input: input ?? '' });
}

const steps = () =>
  readFileSync(notes, 'utf8')
    .split('\n')
    .flatMap((line) => /^terraform (init(?: -\S*state)?|apply|destroy|-chdir\S+ \w+)/.exec(line)?.[1] ?? []);
const bootstrap = (more?: Readonly<Record<string, string>>) =>
  start('iac/bootstrap/bootstrap.sh', ['sandbox'], more);
const inBucket = () => existsSync(join(bucket, 'bootstrap/sandbox.tfstate'));
const leftOver = () =>
  ['backend_override.tf', 'sandbox.local.tfstate'].filter((name) =>
    existsSync(join(folder, 'iac/bootstrap', name)),
  );

test('the first bootstrap keeps its state in a file and moves it into the bucket', async () => {
  expect((await bootstrap()).code).toBe(0);
  expect(steps()).toEqual(['init', 'apply', 'init -migrate-state']);
  expect([inBucket(), leftOver()]).toEqual([true, []]);
  const said = readFileSync(notes, 'utf8');
  expect(said).toContain('-backend-config=bucket=cadastre-state-111111111111-eu-west-1');
  expect(said).toContain('-var github_repository=ada/cadastre');
  expect(said).toContain('-var-file=environments/sandbox.tfvars');
});

test('the second one works on the state in the bucket', async () => {
  await bootstrap();
  expect((await bootstrap({ GITHUB_SUBJECT: 'repo:ada@1/cadastre@2' })).code).toBe(0);
  expect(steps()).toEqual(['init', 'apply']);
  expect(leftOver()).toEqual([]);
  expect(readFileSync(notes, 'utf8')).toContain('-var github_subject=repo:ada@1/cadastre@2');
});

test('one that was interrupted goes on where it was', async () => {
  // The apply works and the move fails: the state must not be lost, and no second one may begin.
  const script = join(folder, 'bin/terraform');
  writeFileSync(script, TERRAFORM.replace('cp "$(cat .place)"', 'exit 1; cp "$(cat .place)"'));
  expect((await bootstrap()).code).not.toBe(0);
  expect([inBucket(), leftOver()]).toEqual([false, ['sandbox.local.tfstate']]);
  writeFileSync(script, TERRAFORM);
  expect((await bootstrap()).code).toBe(0);
  expect(steps()).toEqual(['init', 'apply', 'init -migrate-state']);
  expect([inBucket(), leftOver()]).toEqual([true, []]);
});

test('a bucket whose state is elsewhere is left alone', async () => {
  mkdirSync(bucket);
  const { code, text } = await bootstrap();
  expect(code).toBe(1);
  expect(text).toContain('begun on another machine');
  expect(steps()).toEqual([]);
});

test('the commands for GitHub make each environment with its rules and variables', async () => {
  const environments = {
    'production-plan': { main_only: false, approval: false, variables: { AWS_REGION: 'eu-west-1' } },
    production: { main_only: true, approval: true, variables: { AWS_ROLE_ARN: "arn:aws:iam::1:role/it's" } },
  };
  mkdirSync(bucket);
  writeFileSync(join(bucket, 'output.json'), JSON.stringify({ repository: 'ada/cadastre', environments }));
  const { code, text } = await start('iac/bootstrap/github.sh', ['production']);
  expect(code).toBe(0);
  // They are run with a program in the place of gh that notes what it is asked.
  writeFileSync(
    join(folder, 'bin/gh'),
    '#!/usr/bin/env bash\nif [ "$2" = user ]; then echo 7; exit; fi\nprintf "%s|" "$@" >>"$NOTES"\ncase "$*" in *--input*) cat >>"$NOTES" ;; esac\necho >>"$NOTES"\n',
  );
  chmodSync(join(folder, 'bin/gh'), 0o755);
  writeFileSync(join(folder, 'commands.sh'), text);
  expect(await start('commands.sh', [])).toEqual({ code: 0, text: '' });
  expect(readFileSync(notes, 'utf8').split('\n').filter(Boolean)).toEqual([
    'api|--silent|--method|PUT|repos/ada/cadastre/environments/production-plan|--input|-|{"reviewers":[],"deployment_branch_policy":null}',
    'variable|set|AWS_REGION|--repo|ada/cadastre|--env|production-plan|--body|eu-west-1|',
    'api|--silent|--method|PUT|repos/ada/cadastre/environments/production|--input|-|{"reviewers":[{"type":"User","id":7}],"deployment_branch_policy":{"protected_branches":false,"custom_branch_policies":true}}',
    'api|--silent|--method|POST|repos/ada/cadastre/environments/production/deployment-branch-policies|--field|name=main|',
    "variable|set|AWS_ROLE_ARN|--repo|ada/cadastre|--env|production|--body|arn:aws:iam::1:role/it's|",
  ]);
  expect((await run(tool('shellcheck'), ['--shell=bash', '-'], { input: text })).text).not.toMatch(/error/);
});

test('previews without a branch, and those whose week is over, are found', async () => {
  const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
  mkdirSync(join(bucket, 'app'), { recursive: true });
  mkdirSync(join(bucket, 'days'));
  const { text } = await start('.github/scripts/preview.sh', ['name', 'feature/here']);
  const here = text.trim();
  for (const [name, until] of [
    [here, day(3)],
    ['p-gone-0000', day(3)],
    ['p-old-1111', day(-1)],
  ] as const) {
    writeFileSync(join(bucket, 'app', `${name}.tfstate`), '');
    writeFileSync(join(bucket, 'days', name), until);
  }
  writeFileSync(join(bucket, 'app/p-half-2222.tfstate'), ''); // made half-way: it has no day yet
  const preview = async (verb: string, input = '') =>
    (await start('.github/scripts/preview.sh', [verb], { input })).text.split('\n').filter(Boolean).sort();
  expect(await preview('orphans', 'main\nfeature/here\n')).toEqual([
    'p-gone-0000',
    'p-half-2222',
    'p-old-1111',
  ]);
  expect(await preview('expired')).toEqual(['p-old-1111']);
});

test('a preview that never had a service is destroyed all the same', async () => {
  mkdirSync(join(bucket, 'app'), { recursive: true });
  mkdirSync(join(bucket, 'deploy'));
  const down = async () => (await start('.github/scripts/preview.sh', ['down', 'p-one-1a2b'])).code;
  expect(await down()).toBe(0);
  expect(steps()).toEqual(['-chdir=iac/app init', '-chdir=iac/app destroy']);
  writeFileSync(join(bucket, 'deploy/p-one-1a2b.tfstate'), '');
  expect(await down()).toBe(0);
  expect(steps()).toEqual([
    '-chdir=iac/deploy init',
    '-chdir=iac/deploy destroy',
    '-chdir=iac/app init',
    '-chdir=iac/app destroy',
  ]);
});
