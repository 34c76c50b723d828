import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** A DynamoDB-compatible server in memory. */
export interface DynamoServer {
  readonly endpoint: string;
  stop(): Promise<void>;
}

const START_MS = 10_000;

/** Starts the server of the npm package `@dynoxide/<platform>-<architecture>` on a free port of this machine. */
export async function startDynamoServer(): Promise<DynamoServer> {
  const port = await freePort();
  const child = spawn(binary(), ['--host', '127.0.0.1', '--port', String(port)], { stdio: 'ignore' });
  const endpoint = `http://127.0.0.1:${port}`;
  process.once('exit', () => child.kill()); // if nobody stops it before
  await answering(child, endpoint);
  return {
    endpoint,
    async stop() {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  };
}

function binary(): string {
  const name = `@dynoxide/${process.platform}-${process.arch}`;
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const path = fileURLToPath(new URL(`../../node_modules/${name}/dynoxide${suffix}`, import.meta.url));
  if (existsSync(path)) return path;
  throw new Error(
    `These tests need a DynamoDB-compatible server. Install the package ${name}, or start another server ` +
      'and put its address into DYNAMODB_ENDPOINT, such as http://127.0.0.1:8000.',
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

async function answering(child: ChildProcess, endpoint: string): Promise<void> {
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`The DynamoDB-compatible server ended with code ${code}.`);
  });
  await Promise.race([failed, untilAnswer(endpoint)]);
}

async function untilAnswer(endpoint: string): Promise<void> {
  for (const deadline = Date.now() + START_MS; ; ) {
    try {
      await fetch(endpoint);
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await wait(10);
    }
  }
}
