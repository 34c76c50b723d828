import { readdirSync, readFileSync } from 'node:fs';
import { keyAttributes } from '../../src/adapters/dynamo/requests.ts';
import { readSettings } from '../../src/config.ts';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const ADAPTERS = 'app/src/adapters/dynamo';
/** Makes the table of a local engine; in AWS the layer does. */
const LOCAL_ONLY = 'ensure-table.ts';

const adapterFiles = () =>
  readdirSync(new URL(`../../../${ADAPTERS}`, import.meta.url)).map((file) => `${ADAPTERS}/${file}`);

/** What DynamoDB asks permission for: a transaction has no action of its own, each of its parts has. */
function actionsSent(): string[] {
  const sources = adapterFiles()
    .filter((path) => !path.endsWith(LOCAL_ONLY))
    .map(read)
    .join('\n');
  const commands = [...sources.matchAll(/new (\w+)Command\(/g)].map(([, name]) => name!);
  const parts = [...sources.matchAll(/return \{ (Put|Delete|Update|ConditionCheck):? /g)].map(
    ([, name]) => `${name}Item`,
  );
  expect(commands).toContain('TransactWriteItems');
  const actions = [...commands.filter((name) => name !== 'TransactWriteItems'), ...parts];
  return [...new Set(actions)].map((name) => `dynamodb:${name}`).sort();
}

test('a task may do to the table what the adapters send, and nothing else', () => {
  const roles = read('iac/app/roles.tf');
  const [policy = ''] = /data "aws_iam_policy_document" "task" \{[\s\S]*?\n\}/.exec(roles) ?? [];
  const allowed = [...policy.matchAll(/"(dynamodb:\w+)"/g)].map(([, action]) => action!);
  expect(allowed.sort()).toEqual(actionsSent());
  expect(policy).toContain('resources = [aws_dynamodb_table.this.arn]');
});

test('a task may do to the files of downloads what the adapter sends, and nothing else', () => {
  const source = read('app/src/adapters/s3-files.ts');
  const commands = [...source.matchAll(/new (\w+)Command\(/g)].map(([, name]) => `s3:${name}`);
  // An upload comes in parts; one that fails is taken back.
  const uploads = /new Upload\(/.test(source) ? ['s3:PutObject', 's3:AbortMultipartUpload'] : [];
  const [, list = ''] = /sid += "Downloads"\n +actions += \[(.*)\]/.exec(read('iac/app/roles.tf')) ?? [];
  expect([...list.matchAll(/"([\w:]+)"/g)].map(([, action]) => action)).toEqual(
    [...commands, ...uploads].sort(),
  );
  expect(read('iac/bootstrap/boundary.tf')).toContain(list);
});

test('the table is the one that the service describes', () => {
  const table = read('iac/app/table.tf');
  expect(table).toMatch(/jsondecode\(file\("\$\{path\.module\}\/\.\.\/\.\.\/app\/table\.json"\)\)/);
  for (const line of table.matchAll(/^ {2}(hash_key|range_key) += (.*)$/gm)) {
    expect(line[2]).toMatch(/^local\.table\.(partition|sort)_key\.name$/);
  }
  expect([...table.matchAll(/^ {2}(?:hash_key|range_key) /gm)]).toHaveLength(2);
  expect(table).toMatch(/attribute_name = local\.table\.time_to_live_attribute$/m);
  expect(table).toMatch(/recovery_period_in_days = local\.table\.point_in_time_recovery_days$/m);
  expect(table).toMatch(/enabled = local\.table\.server_side_encryption$/m);
});

test('the description has the names under which the adapters write', () => {
  const { partition_key, sort_key, time_to_live_attribute } = JSON.parse(read('app/table.json'));
  const sent = keyAttributes({ pk: 'one', sk: 'two' });
  expect(sent).toEqual({
    [partition_key.name]: { [partition_key.type]: 'one' },
    [sort_key.name]: { [sort_key.type]: 'two' },
  });
  expect(read('app/src/table/table.ts')).toContain(`  readonly ${time_to_live_attribute}?: number;`);
});

test('a task is given settings that there are, and stops as they say', () => {
  const task = read('iac/deploy/task.tf');
  const [block = ''] = /settings = merge\([\s\S]*?var\.settings/.exec(task) ?? [];
  const given = [...block.matchAll(/^ +([A-Z][A-Z0-9_]+) +=/gm)].map(([, name]) => name!);
  const secrets = [...read('iac/app/secrets.tf').matchAll(/\b([A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+)\b/g)].map(
    ([, name]) => name!,
  );
  const known = readSettings({ NODE_ENV: 'production' });
  expect(given.length).toBeGreaterThan(10);
  for (const name of [...given, ...secrets]) expect(Object.keys(known)).toContain(name);
  const number = (name: string) => Number(new RegExp(`${name} += (\\d+)`).exec(task)?.[1]);
  expect([number('drain_ms'), number('finish_ms')]).toEqual([known.DRAIN_MS, known.FINISH_MS]);
  expect(number('stop_seconds') * 1000).toBeGreaterThan(known.DRAIN_MS + known.FINISH_MS);
  expect(number('keep_alive_ms')).toBe(known.KEEP_ALIVE_MS);
});
