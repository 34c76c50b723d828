import { startDynamoServer } from './dynamo-server.ts';
import { startRedis } from './redis-server.ts';
import { startS3Server } from './s3-server.ts';

/** One server of each kind for the whole run. Without one, the tests that need it fail and say what to do. */
const servers = [];

export default async function startEngines() {
  await Promise.all([
    provide('DYNAMODB_ENDPOINT', 'DYNAMODB_PROBLEM', startDynamoServer),
    provide('REDIS_TEST_URL', 'REDIS_TEST_PROBLEM', startRedis),
    provide('S3_TEST_ENDPOINT', 'S3_TEST_PROBLEM', startS3Server),
  ]);
}

export async function stopEngines() {
  await Promise.all(servers.map((server) => server.stop()));
}

async function provide(address, problem, start) {
  if (process.env[address]) return;
  try {
    const server = await start();
    servers.push(server);
    process.env[address] = server.endpoint ?? server.url;
  } catch (error) {
    process.env[problem] = error.message;
  }
}
