import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { type DynamoServer, startDynamoServer } from './support/dynamo-server.ts';
import { testClient } from './support/tables.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** An engine of its own, so that nobody else makes tables there. */
describe('a table that is not there', () => {
  let dynamo: DynamoServer;
  beforeAll(async () => {
    dynamo = await startDynamoServer();
  });
  afterAll(() => dynamo.stop());

  async function start(env: Readonly<Record<string, string>>): Promise<{ code: number; errors: string }> {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        PATH: process.env.PATH,
        PORT: '0',
        HOST: '127.0.0.1',
        STORE: 'dynamodb',
        DYNAMODB_TABLE: 'registry',
        AWS_REGION: 'eu-west-1',
        AWS_ACCESS_KEY_ID: 'sample',
        AWS_SECRET_ACCESS_KEY: 'sample',
        CACHE: 'off',
        ...env,
      },
    });
    let errors = '';
    child.stderr.on('data', (text) => {
      errors += text;
      if (errors.includes('listens on')) child.kill();
    });
    const [code] = await once(child, 'close');
    return { code, errors };
  }

  async function tables(): Promise<readonly string[]> {
    const client = testClient(dynamo.endpoint);
    const { TableNames = [] } = await client.send(new ListTablesCommand({}));
    client.destroy();
    return TableNames;
  }

  // The SDK's own setting stands for AWS here: the service is told of no engine of its own.
  test.each(['production', 'development'])(
    'in AWS ends the start and is not made (%s)',
    async (NODE_ENV) => {
      const { code, errors } = await start({ AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint, NODE_ENV });
      expect([code, errors]).toEqual([1, expect.stringContaining('cannot start')]);
      expect(await tables()).toEqual([]);
    },
    30_000,
  );

  test('is made in a local engine', async () => {
    const { errors } = await start({ DYNAMODB_ENDPOINT: dynamo.endpoint });
    expect(errors).toContain('listens on');
    expect(await tables()).toEqual(['registry']);
  }, 30_000);
});
