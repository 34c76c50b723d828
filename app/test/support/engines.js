import { startDynamoServer } from './dynamo-server.ts';

/** One server for the whole run. Without one, the tests that need it fail and say what to do. */
let server;

export default async function startEngines() {
  if (process.env.DYNAMODB_ENDPOINT) return;
  try {
    server = await startDynamoServer();
    process.env.DYNAMODB_ENDPOINT = server.endpoint;
  } catch (error) {
    process.env.DYNAMODB_PROBLEM = error.message;
  }
}

export async function stopEngines() {
  await server?.stop();
}
