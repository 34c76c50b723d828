import { DeleteTableCommand, DescribeTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { dynamoClient } from '../../src/adapters/dynamo/client.ts';
import { ensureTable } from '../../src/adapters/dynamo/ensure-table.ts';
import { newUuid } from '../../src/kernel/ids.ts';
import { testClient } from '../support/tables.ts';

const LOCAL = { region: 'eu-west-1', endpoint: 'http://127.0.0.1:8000' };

describe('the DynamoDB client', () => {
  const own = { AWS_ACCESS_KEY_ID: 'own', AWS_SECRET_ACCESS_KEY: 'secret' };
  const before = { ...process.env };
  afterEach(() => {
    process.env = { ...before };
  });

  test('uses sample credentials for a local engine', async () => {
    Object.assign(process.env, own);
    const client = dynamoClient({ ...LOCAL, env: {} });
    expect(await client.config.credentials()).toMatchObject({ accessKeyId: 'sample' });
  });

  test.each([
    ['the environment brings some', { ...LOCAL, env: own }],
    ['it speaks to AWS', { region: 'eu-west-1', env: {} }],
  ])('uses the own credentials when %s', async (_, options) => {
    Object.assign(process.env, own);
    const client = dynamoClient(options);
    expect(await client.config.credentials()).toMatchObject({ accessKeyId: 'own' });
  });
});

describe('ensureTable', () => {
  const client = testClient();
  const name = `test-${newUuid(Date.now())}`;
  afterAll(async () => {
    await client.send(new DeleteTableCommand({ TableName: name }));
    client.destroy();
  });

  test('creates the table once, whoever else does so, and turns expiry on', async () => {
    await Promise.all([ensureTable(client, name), ensureTable(client, name)]);
    await ensureTable(client, name);
    const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName: name }));
    expect(TimeToLiveDescription).toEqual({ AttributeName: 'expires_at', TimeToLiveStatus: 'ENABLED' });
  });
});
