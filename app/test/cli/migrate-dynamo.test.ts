import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DeleteTableCommand, DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { newUuid } from '../../src/kernel/ids.ts';
import { dynamoEndpoint, testClient } from '../support/tables.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const name = `test-${newUuid(Date.now())}`;
const client = testClient();

/** Runs the command line with nothing but a new engine to talk to. */
function cadastre(...args: string[]): Promise<{ code: number; out: string; errors: string }> {
  const env = {
    PATH: process.env.PATH ?? '',
    STORE: 'dynamodb',
    DYNAMODB_ENDPOINT: dynamoEndpoint(),
    DYNAMODB_TABLE: name,
    AWS_REGION: 'eu-west-1',
  };
  const node = ['--disable-warning=ExperimentalWarning', MAIN, ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, node, { env }, (error, out, errors) =>
      resolve({ code: error ? Number(error.code) : 0, out: out.trim(), errors }),
    );
  });
}

const describeTable = () => client.send(new DescribeTableCommand({ TableName: name }));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cadastre-migrate-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await client.send(new DeleteTableCommand({ TableName: name }));
  client.destroy();
});

test('migrate up makes the table on an empty engine, with what the release and who looks at it need, once', async () => {
  await expect(describeTable()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  const first = await cadastre('--json', 'migrate', 'up', '--seed');
  expect(first).toMatchObject({ code: 0, errors: '' });
  const { applied, samples } = JSON.parse(first.out);
  expect(applied).toEqual(expect.arrayContaining([1, 2]));
  expect(samples).toBeGreaterThan(5);
  expect((await describeTable()).Table?.TableStatus).toBe('ACTIVE');
  const again = await cadastre('migrate', 'up', '--seed');
  expect(again).toEqual({ code: 0, out: 'Nothing to apply. Made 0 sample records.', errors: '' });
  expect(await cadastre('migrate', 'up')).toEqual({ code: 0, out: 'Nothing to apply.', errors: '' });
  for (const type of ['products', 'people', 'bonds']) {
    const file = join(folder, `${type}.ndjson`);
    expect(await cadastre('export', type, file)).toMatchObject({ code: 0, errors: '' });
    expect(await readFile(file, 'utf8')).toMatch(/sample/i);
  }
}, 60_000);
