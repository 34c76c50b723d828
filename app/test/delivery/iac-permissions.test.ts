import { readdirSync, readFileSync } from 'node:fs';
import { readSettings } from '../../src/config.ts';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const ADAPTERS = 'app/src/adapters/dynamo';
/** Makes the table of a local engine; in AWS the layer does. */
const LOCAL_ONLY = 'ensure-table.ts';

/** What DynamoDB asks permission for: a transaction has no action of its own, each of its parts has. */
function actionsSent(): string[] {
  const files = readdirSync(new URL(`../../../${ADAPTERS}`, import.meta.url)).filter(
    (file) => file !== LOCAL_ONLY,
  );
  const sources = files.map((file) => read(`${ADAPTERS}/${file}`)).join('\n');
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

test('the table is the one that the service describes', () => {
  const table = read('iac/app/table.tf');
  expect(table).toMatch(/jsondecode\(file\("\$\{path\.module\}\/\.\.\/\.\.\/app\/table\.json"\)\)/);
  for (const line of table.matchAll(/^ {2}(hash_key|range_key) += (.*)$/gm)) {
    expect(line[2]).toMatch(/^local\.table\.(partition|sort)_key\.name$/);
  }
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
